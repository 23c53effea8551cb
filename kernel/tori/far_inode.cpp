// SPDX-License-Identifier: MIT
#include "kernel/tori/far_inode.hpp"
#include "kernel/files/far_file.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/page_cache.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/tori/event_types.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/loan_records.hpp"
#include "kernel/tori/page_window.hpp"
#include "kernel/tori/request_head.hpp"
#include "kernel/torus.hpp"
#include "substrate/owner_of.hpp"
#include <algorithm>
#include <bit>
#include <memory>
#include <utility>

namespace torc {
namespace {

constexpr unsigned grain = 32; // pages forgotten

LoanRecords& records()
{
    return *this_torus().far->loans;
}

FarInode& part_of(Inode& inode)
{
    return owner_of<&FarInode::inode>(inode);
}

auto& bucket_of(Handle loan)
{
    return records().by_loan[(loan.cell().number ^ loan.torus().number * 7u) % LoanRecords::buckets];
}

FarInode* find_inode(Handle loan)
{
    for (FarInode& known : bucket_of(loan))
        if (known.loan == loan)
            return &known;
    return nullptr;
}

void destroy(FarInode& known)
{
    if (known.path != nullptr)
        file_records().long_texts.free(known.path);
    std::destroy_at(&known.inode.body.file);
    records().inodes.destroy(&known);
}

void hold(FarInode& known)
{
    if (known.inode.references++ != 0)
        return;
    LoanRecords& all = records();
    all.unused.erase(all.unused.iterator_to(known));
    --all.unused_count;
}

// A grain of forgetting all its pages; true when none is left.
bool forget_pages_step(FarInode& known)
{
    return known.inode.file().pages.remove(0, PageTree::page_limit, grain) < grain;
}

// From here on nobody finds it, and what the owner says of it means nothing here.
void give_up(FarInode& known)
{
    LoanRecords& all = records();
    bucket_of(known.loan).erase(bucket_of(known.loan).iterator_to(known));
    all.unused.erase(all.unused.iterator_to(known));
    --all.unused_count;
    all.leaving.push_back(known);
    file_records().something_dies = true;
}

} // namespace

// ---- which inodes are known -------------------------------------------------------------------------------

Result<FarInode*> make_spare_inode()
{
    FarInode* const spare = records().inodes.create();
    if (spare == nullptr)
        return unexpected{Status::NoMemory};
    Inode& inode = spare->inode;
    inode.kind = InodeKind::Regular;
    inode.is_far = true;
    inode.filesystem = file_records().internal_filesystem;
    std::construct_at(&inode.body.file);
    inode.body.file.pages.set_borrowed();
    return spare;
}

void drop_spare_inode(FarInode& spare)
{
    destroy(spare);
}

FarInode& know_inode(Handle loan, FarInode& spare)
{
    if (FarInode* const known = find_inode(loan)) {
        hold(*known);
        ++known->heard;
        destroy(spare);
        return *known;
    }
    spare.loan = loan;
    spare.heard = 1;
    bucket_of(loan).push_back(spare);
    return spare;
}

void set_far_path(FarInode& known, std::string_view path)
{
    if (known.path == nullptr)
        known.path = file_records().long_texts.allocate();
    if (known.path == nullptr)
        return;
    std::size_t const length = std::min<std::size_t>(path.size(), name_limit);
    __builtin_memcpy(known.path->text, path.data() + (path.size() - length), length);
    known.path->text[length] = '\0';
}

std::string_view far_path(OpenFile const& file)
{
    if (file.inode == nullptr || part_of(*file.inode).path == nullptr)
        return {};
    return part_of(*file.inode).path->text;
}

void far_inode_unused(Inode& inode)
{
    FarInode& known = part_of(inode);
    LoanRecords& all = records();
    if (known.loan.is_null()) { // the owner has ended it: there is nothing to give back
        while (!forget_pages_step(known)) { } // it has forgotten them already
        return destroy(known);
    }
    all.unused.push_back(known);
    if (++all.unused_count > LoanRecords::unused_limit)
        give_up(all.unused.front());
    (void)far_reap_step();
}

bool far_reap_step()
{
    Torus& torus = this_torus();
    LoanRecords& all = records();
    if (all.leaving.empty())
        return false;
    FarInode& known = all.leaving.front();
    if (forget_pages_step(known)) {
        all.leaving.pop_front();
        send_from(torus, *torus.links->links[known.loan.torus().number], known.back);
    }
    return !all.leaving.empty();
}

void make_return_event(Torus&, OutItem& item, Event& event)
{
    FarInode& known = owner_of<&FarInode::back>(item);
    event.type = static_cast<std::uint32_t>(EventType::Return);
    event.target = known.loan;
    event.arguments[0] = known.heard;
    destroy(known);
}

void far_mappings_changed(Inode& inode)
{
    ++part_of(inode).changes;
}

// ---- borrowing --------------------------------------------------------------------------------------------

void wait_next_for(WaitQueue& queue)
{
    records().awaited = &queue;
}

bool waits_next_for(WaitQueue const& queue)
{
    return records().awaited == &queue;
}

Outcome wait_for_far(Thread& thread)
{
    return block(thread, *records().awaited, OnSignal::KillOnly);
}

Status borrow_page(Inode& inode, OpenFile& through, std::uint64_t index)
{
    Torus& torus = this_torus();
    LoanRecords& all = records();
    FarInode& known = part_of(inode);
    if (known.failure != Status{} && known.failed_page == index)
        return std::exchange(known.failure, Status{});
    if (known.asked_through == nullptr) {
        Result<Link*> const found = link_to(torus, far_handle(through).torus().number);
        if (!found)
            return found.error();
        Link& link = **found;
        if (!may_send(link, 2, Want::Call)) {
            all.awaited = &link.callers;
            return Status::NotYet;
        }
        Event call{}, rest{};
        known.sequence = torus.far->next_sequence++;
        known.asked_page = index;
        known.asked_through = &through;
        retain(through);
        call.type = static_cast<std::uint32_t>(EventType::Call);
        call.sequence = known.sequence;
        call.source = torus.files->open_files.handle_of(&through);
        call.target = far_handle(through);
        call.arguments = {request_head(FarRequest::Borrow), index, PageWindow::start_of(index), 0, 0};
        rest.type = static_cast<std::uint32_t>(EventType::CallRest);
        (void)link.credits.take();
        ++all.pages_asked;
        send_two(torus, link, call, rest);
    }
    all.awaited = &known.waiting;
    return Status::NotYet;
}

namespace {

void take_pages(FarInode& known, Event const& event)
{
    PageTree& pages = known.inode.file().pages;
    std::uint64_t const start = PageWindow::start_of(known.asked_page);
    for (unsigned word = 2; word < 5; ++word) {
        PageRun const run = PageRun::decode(event.arguments[word]);
        for (unsigned i = 0; i < run.count; ++i) {
            std::uint64_t const index = start + run.offset + i;
            if (pages.find(index).raw() == 0 && pages.insert(index, run.first + i * page_size))
                ++records().pages_got;
        }
    }
}

Status failure_of(std::int64_t outcome)
{
    for (Status const status : {Status::OutOfRange, Status::NoSpace, Status::NoMemory})
        if (outcome == Outcome{status}.value())
            return status;
    return Status::Io;
}

} // namespace

bool pages_answered(Torus&, OpenFile& file, Event const& event)
{
    if (file.inode == nullptr)
        return false;
    FarInode& known = part_of(*file.inode);
    if (known.asked_through != &file || known.sequence != event.sequence)
        return false;
    auto const head = std::bit_cast<AnswerHead>(event.arguments[1]);
    if (head.kind == AnswerKind::Parked)
        return true;
    auto const outcome = static_cast<std::int64_t>(event.arguments[0]);
    known.failure = Status{};
    if (head.kind == AnswerKind::Done && outcome >= 0) {
        known.inode.size = static_cast<std::uint64_t>(outcome);
        take_pages(known, event);
    }
    // Refused: there was no memory for a visitor. Whoever needs the page asks again.
    if (head.kind == AnswerKind::Done && known.inode.file().pages.find(known.asked_page).raw() == 0) {
        known.failed_page = known.asked_page;
        known.failure = outcome < 0 ? failure_of(outcome) : Status::NoMemory; // for the tree
    }
    known.waiting.wake_all();
    release(*std::exchange(known.asked_through, nullptr)); // and the inode with it, perhaps
    return true;
}

Result<std::size_t> read_far(OpenFile& file, std::uint64_t offset, std::span<std::byte> to)
{
    TRY(learn_far_file(file));
    if (file.inode == nullptr)
        return unexpected{Status::BadArgument};
    Inode& inode = *file.inode;
    std::size_t done = 0;
    while (done < to.size() && offset + done < inode.size) {
        std::uint64_t const at = offset + done;
        std::size_t const n = std::min({page_size - at % page_size, inode.size - at, to.size() - done});
        Paddr const frame = inode.file().pages.find(at / page_size);
        if (frame.raw() == 0) {
            Status const status = borrow_page(inode, file, at / page_size);
            if (status == Status::OutOfRange) // it has become shorter
                break;
            return unexpected{status};
        }
        __builtin_memcpy(
            to.data() + done, static_cast<std::byte const*>(FramePool::pointer(frame)) + at % page_size, n);
        done += n;
    }
    return done;
}

// ---- giving back ------------------------------------------------------------------------------------------

namespace {

enum Pass : std::uint8_t { begins, forgets, unmaps };

bool forget_range_step(FarInode& known, RestartRecord const& record)
{
    return known.inode.file().pages.remove(record.extra[0], record.extra[1], grain) < grain;
}

void start_unmapping(FarInode& known, RestartRecord& record)
{
    FileBody& body = known.inode.file();
    record.step = unmaps;
    record.small = known.changes;
    record.cursor = 0;
    body.zap_next = body.mappings.empty() ? nullptr : &body.mappings.front();
}

// True: the range is in no table of this torus. A pass during which mappings came, went or grew together may
// have missed one, and is made again.
bool unmap_range_step(FarInode& known, RestartRecord& record)
{
    if (!unmap_pages_step(known.inode, record.extra[0], record.extra[1], record.cursor))
        return false;
    if (record.small == known.changes)
        return true;
    start_unmapping(known, record);
    return false;
}

void end_with_owner(FarInode& known)
{
    if (known.loan.is_null())
        return;
    bucket_of(known.loan).erase(bucket_of(known.loan).iterator_to(known));
    known.loan = Handle{};
}

} // namespace

// x0, x1: the pages; x2: the loan; x3: not 0 when it ends with that.
Outcome unmap_visit(Visitor& visitor, Arguments const& arguments)
{
    RestartRecord& record = visitor.thread.restart;
    if (record.step == begins) {
        FarInode* const known = find_inode(Handle::from_raw(arguments[2]));
        if (known == nullptr)
            return 0; // given up: Return is on its way
        hold(*known); // until the pass is over
        record.kind = CallKind::Other;
        record.object = reinterpret_cast<std::uint64_t>(known);
        record.extra[0] = arguments[0];
        record.extra[1] = arguments[1];
        record.step = forgets;
    }
    FarInode& known = *reinterpret_cast<FarInode*>(record.object); // SAFETY: counted since it was put there
    if (record.step == forgets) {
        if (!forget_range_step(known, record))
            return Outcome::again();
        start_unmapping(known, record);
    }
    while (!unmap_range_step(known, record))
        if (must_yield(visitor.thread))
            return Outcome::again();
    if (arguments[3] != 0)
        end_with_owner(known);
    release(known.inode);
    return 0;
}

} // namespace torc
