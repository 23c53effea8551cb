// SPDX-License-Identifier: MIT
#include "arch-aarch64/interrupts/interrupts.hpp"

#include <optional>

#include "arch-aarch64/barrier.hpp"
#include "arch-aarch64/cores/core_list.hpp"
#include "arch-aarch64/device_window.hpp"
#include "arch-aarch64/interrupts/controller.hpp"
#include "arch-aarch64/timer/generic_timer.hpp"
#include "arch/cpu.hpp"
#include "arch/machine.hpp"
#include "arch/tori.hpp"
#include "kernel/torus.hpp"

namespace torc::arch {
namespace {

using namespace std::string_view_literals;

struct Root {
    Controller controller{};
    std::optional<dt::Node> node{};
    std::optional<dt::Node> peripheral{}; // Pi 3: the second-level controller
};
constinit Root root{}; // set at boot; its hardware is per core or write-one-to-set/clear
constinit InterruptTable table{}; // owner: the boot torus

constexpr std::array gicv2_compatible{"arm,gic-400"sv, "arm,cortex-a15-gic"sv, "arm,cortex-a9-gic"sv,
    "arm,cortex-a7-gic"sv, "arm,pl390"sv, "qcom,msm-qgic2"sv};
constexpr std::array gicv3_compatible{"arm,gic-v3"sv};
constexpr std::array local_compatible{"brcm,bcm2836-l1-intc"sv};
constexpr std::array peripheral_compatible{"brcm,bcm2836-armctrl-ic"sv};

std::optional<dt::Node> find(dt::Tree const& tree, std::span<std::string_view const> compatible)
{
    for (std::string_view wanted : compatible) {
        if (auto node = tree.find_compatible(wanted))
            return node;
    }
    return std::nullopt;
}

Result<MmioBus> map_reg(dt::Node node, unsigned index)
{
    dt::Region const region = TRY(node.reg(index));
    return MmioBus{TRY(map_device(region.base, region.size))};
}

Result<void> init_gicv2(dt::Node node)
{
    auto& gic = root.controller.emplace(MachineGicv2{TRY(map_reg(node, 0)), TRY(map_reg(node, 1))});
    gic.init_machine();
    return {};
}

// Tells every core its redistributor: the regions' frames lie one behind the other, the last one marked.
Result<void> scan_redistributors(MachineGicv3& gic, dt::Node node)
{
    unsigned const regions = node.u32("#redistributor-regions").value_or(1);
    std::uint64_t const stride = node.u64("redistributor-stride").value_or(0);
    for (unsigned index = 1; index <= regions; ++index) {
        dt::Region const region = TRY(node.reg(index));
        for (std::uint64_t offset = 0; offset + gicr::frames_size <= region.size;) {
            Paddr const base = region.base + offset;
            MmioBus const frames{TRY(map_device(base, gicr::frames_size))};
            MmioBus const own{TRY(map_device(base + gicr::private_frame, gicr::private_frame))};
            std::uint64_t const type = frames.read64(gicr::TYPER);
            if (auto const core = core_with_affinity(static_cast<std::uint32_t>(type >> 32)))
                gic.set_redistributor(*core, frames, own, core_mpidr(*core));
            if ((type & gicr::typer_last) != 0)
                break;
            bool const wide = (type & gicr::typer_virtual_lpis) != 0;
            offset += stride != 0 ? stride : wide ? gicr::frames_size_v4 : gicr::frames_size;
        }
    }
    return {};
}

Result<void> init_gicv3(dt::Node node)
{
    auto& gic = root.controller.emplace(MachineGicv3{TRY(map_reg(node, 0))});
    TRY(scan_redistributors(gic, node));
    return gic.init_machine(core_mpidr(boot_core));
}

Result<void> init_bcm2836(dt::Node local, dt::Node peripheral)
{
    auto& bcm = root.controller.emplace(MachineBcm2836{TRY(map_reg(local, 0)), TRY(map_reg(peripheral, 0))});
    bcm.init_machine(static_cast<unsigned>(core_mpidr(boot_core) & 3));
    root.peripheral = peripheral;
    return {};
}

void take_stray(Torus& torus, Acknowledged taken)
{
    root.controller.mask(torus.number, taken.irq());
}

// The boot torus has the devices' lines; every torus has its bell and its timer.
void handle(Torus& torus, Acknowledged taken)
{
    if (torus.number == boot_core) {
        if (InterruptTable::Entry* const entry = table.find(taken.irq())) [[likely]] {
            ++entry->count;
            entry->claim.handler(entry->claim.context);
            return;
        }
    } else if (taken.irq() == timer_line()) {
        take_timer_interrupt();
        return;
    }
    take_stray(torus, taken);
}

} // namespace

// The GICs come first: the Pi 4's tree also lists the older local controller, to which nothing is wired then.
Result<void> interrupts_init(dt::Tree const& tree)
{
    if (auto gic = find(tree, gicv3_compatible)) {
        root.node = gic;
        TRY(init_gicv3(*gic));
    } else if (auto older = find(tree, gicv2_compatible)) {
        root.node = older;
        TRY(init_gicv2(*older));
    } else if (auto local = find(tree, local_compatible)) {
        auto const peripheral = find(tree, peripheral_compatible);
        if (!peripheral)
            return unexpected{Status::NotSupported};
        root.node = local;
        TRY(init_bcm2836(*local, *peripheral));
    } else {
        return unexpected{Status::NotSupported};
    }
    return interrupts_init_core(boot_core);
}

Result<void> interrupts_init_core(unsigned core)
{
    return root.controller.init_core(core);
}

std::string_view interrupt_controller_name()
{
    return root.controller.name();
}

Result<IrqLine> interrupts_decode(dt::Interrupt const& interrupt)
{
    std::span const cells{interrupt.cells.data(), interrupt.count};
    bool const local = root.node && interrupt.controller == *root.node;
    if (root.peripheral) {
        if (interrupt.controller == *root.peripheral)
            return bcm2836::decode_peripheral(cells);
        return local ? bcm2836::decode_local(cells) : unexpected{Status::NotSupported};
    }
    return local ? decode_gic_cells(cells) : unexpected{Status::NotSupported};
}

Result<Irq> interrupts_claim(dt::Interrupt const& interrupt, Claim claim)
{
    IrqLine const line = TRY(interrupts_decode(interrupt));
    TRY(table.claim(line, claim));
    root.controller.mask(boot_core, line.irq);
    root.controller.configure(boot_core, line);
    return line.irq;
}

void interrupts_mask(Irq irq)
{
    root.controller.mask(boot_core, irq);
}

void interrupts_unmask(Irq irq)
{
    root.controller.unmask(boot_core, irq);
}

Result<void> interrupts_route(Irq irq, unsigned core)
{
    return root.controller.route(irq, core);
}

void interrupts_open_core(unsigned core)
{
    root.controller.unmask(core, timer_line());
    root.controller.unmask(core, root.controller.bell());
}

void ring_bell(unsigned torus)
{
    dsb_ishst(); // what is in the strand, before the interrupt
    (void)root.controller.ring(torus); // a core that is up has told the controller who it is
}

// One, not all: a handler may leave its line raised (the timer's next deadline may have passed already), and
// what it has decided, such as who runs next, must come about before it runs again.
void take_interrupts()
{
    Acknowledged const taken = root.controller.acknowledge();
    if (taken.spurious()) [[unlikely]]
        return;
    Torus& torus = this_torus();
    ++torus.interrupts;
    if (taken.irq() == root.controller.bell()) [[unlikely]] {
        root.controller.silence_bell();
        torus.bell = true;
    } else {
        handle(torus, taken);
    }
    root.controller.complete(taken);
}

bool interrupt_line(unsigned i, InterruptLine& line)
{
    InterruptTable::Entry const* const entry = table.at(i);
    if (entry == nullptr)
        return false;
    std::string_view const trigger = entry->line.trigger == Trigger::Edge ? "Edge" : "Level";
    line = {root.controller.name(), entry->claim.name, entry->line.irq.n, entry->count, trigger};
    return true;
}

} // namespace torc::arch
