// SPDX-License-Identifier: MIT
// One of the root controllers. Which one is known once per boot, so each operation is one well-predicted
// switch and the calls behind it are inlined.
#pragma once
#include <string_view>
#include <variant>

#include "arch-aarch64/cores/core_list.hpp"
#include "arch-aarch64/interrupts/bcm2836.hpp"
#include "arch-aarch64/interrupts/gicv2.hpp"
#include "arch-aarch64/interrupts/gicv3.hpp"
#include "arch-aarch64/interrupts/icc.hpp"

namespace torc::arch {

using MachineGicv2 = Gicv2<MmioBus>;
using MachineGicv3 = Gicv3<MmioBus, Icc>;
using MachineBcm2836 = Bcm2836<MmioBus>;

class Controller final {
public:
    template <typename C> C& emplace(C controller) { return chosen_.template emplace<C>(controller); }
    bool present() const { return chosen_.index() != 0; }

    std::string_view name() const
    {
        constexpr std::string_view names[]{"none", "GICv2", "GICv3", "bcm2836"};
        return names[chosen_.index()];
    }
    Result<void> init_core(unsigned core)
    {
        if (auto* gic = std::get_if<MachineGicv2>(&chosen_))
            return gic->init_core(core);
        if (auto* gic = std::get_if<MachineGicv3>(&chosen_))
            return gic->init_core(core);
        if (auto* bcm = std::get_if<MachineBcm2836>(&chosen_))
            return bcm->init_core(bcm_core());
        return unexpected{Status::NoDevice};
    }
    void configure(unsigned core, IrqLine line)
    {
        if (auto* gic = std::get_if<MachineGicv2>(&chosen_))
            gic->configure(core, line);
        else if (auto* v3 = std::get_if<MachineGicv3>(&chosen_))
            v3->configure(core, line);
    }
    void mask(unsigned core, Irq irq)
    {
        if (auto* gic = std::get_if<MachineGicv2>(&chosen_))
            gic->mask(core, irq);
        else if (auto* v3 = std::get_if<MachineGicv3>(&chosen_))
            v3->mask(core, irq);
        else if (auto* bcm = std::get_if<MachineBcm2836>(&chosen_))
            bcm->mask(bcm_core(), irq);
    }
    void unmask(unsigned core, Irq irq)
    {
        if (auto* gic = std::get_if<MachineGicv2>(&chosen_))
            gic->unmask(core, irq);
        else if (auto* v3 = std::get_if<MachineGicv3>(&chosen_))
            v3->unmask(core, irq);
        else if (auto* bcm = std::get_if<MachineBcm2836>(&chosen_))
            bcm->unmask(bcm_core(), irq);
    }
    Result<void> route(Irq irq, unsigned core)
    {
        if (auto* gic = std::get_if<MachineGicv2>(&chosen_))
            return gic->route(irq, core);
        if (auto* gic = std::get_if<MachineGicv3>(&chosen_))
            return gic->route(irq, core);
        return unexpected{Status::NotSupported};
    }
    // The interrupt that ring() raises.
    Irq bell() const
    {
        return std::holds_alternative<MachineBcm2836>(chosen_) ? Irq{bcm2836::first_mailbox} : Irq{0};
    }
    Result<void> ring(unsigned core)
    {
        if (auto* gic = std::get_if<MachineGicv2>(&chosen_))
            return gic->ring(core, 0);
        if (auto* gic = std::get_if<MachineGicv3>(&chosen_))
            return gic->ring(core, 0);
        if (auto* bcm = std::get_if<MachineBcm2836>(&chosen_))
            return bcm->ring(static_cast<unsigned>(core_mpidr(core) & 3), 0);
        return unexpected{Status::NoDevice};
    }
    // The calling core has heard its bell. The GICs' falls silent by itself.
    void silence_bell()
    {
        if (auto* bcm = std::get_if<MachineBcm2836>(&chosen_))
            bcm->silence(bcm_core(), 0);
    }
    Acknowledged acknowledge()
    {
        if (auto* gic = std::get_if<MachineGicv2>(&chosen_))
            return gic->acknowledge();
        if (auto* gic = std::get_if<MachineGicv3>(&chosen_))
            return gic->acknowledge();
        if (auto* bcm = std::get_if<MachineBcm2836>(&chosen_))
            return bcm->acknowledge(bcm_core());
        return {};
    }
    void complete(Acknowledged taken)
    {
        if (auto* gic = std::get_if<MachineGicv2>(&chosen_))
            gic->complete(taken);
        else if (auto* v3 = std::get_if<MachineGicv3>(&chosen_))
            v3->complete(taken);
    }

private:
    static unsigned bcm_core() { return static_cast<unsigned>(sysreg::MPIDR_EL1::read() & 3); }

    std::variant<std::monostate, MachineGicv2, MachineGicv3, MachineBcm2836> chosen_{};
};

} // namespace torc::arch
