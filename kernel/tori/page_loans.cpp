// SPDX-License-Identifier: MIT
#include "kernel/tori/page_loans.hpp"
#include "arch/memory.hpp"
#include "kernel/files/far_file.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/files/inode_create.hpp"
#include "kernel/files/page_cache.hpp"
#include "kernel/process/blocking.hpp"
#include "kernel/tori/block_loans.hpp"
#include "kernel/tori/event_types.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/loan_records.hpp"
#include "kernel/tori/page_window.hpp"
#include "kernel/tori/request_head.hpp"
#include "kernel/tori/takers.hpp"
#include "kernel/torus.hpp"
#include "substrate/owner_of.hpp"
#include <bit>
#include <utility>

namespace torc {
namespace {

LoanRecords& records()
{
    return *this_torus().far->loans;
}

Borrower* borrower_of(Loan& loan, unsigned torus)
{
    for (Borrower& borrower : loan.borrowers)
        if (borrower.torus == torus)
            return &borrower;
    return nullptr;
}

Link& link_of(Torus& torus, Borrower const& borrower)
{
    return *torus.links->links[borrower.torus]; // it has asked us
}

void drop_borrower(Borrower& borrower)
{
    List<Borrower, &Borrower::in_loan>& all = borrower.loan->borrowers;
    all.erase(all.iterator_to(borrower));
    records().borrowers.destroy(&borrower);
}

void drop_loan(Loan& loan)
{
    loan.waiting.wake_all();
    loan.inode->file().loan = nullptr;
    records().loans.destroy(&loan);
}

Result<Loan*> loan_of(Inode& inode)
{
    Loan*& loan = inode.file().loan;
    if (loan != nullptr)
        return loan;
    Loan* const made = records().loans.create();
    if (made == nullptr)
        return unexpected{Status::NoMemory};
    made->inode = &inode;
    return loan = made;
}

// The thread that cut has died: what it would have done now.
void finish_cutting(Inode& inode, std::uint64_t first, std::uint64_t end)
{
    while (!drop_pages(inode, first, end)) { }
    inode.file().turn.give_up();
    release(inode); // its loan may end now
}

// All borrowers have answered.
void range_is_back(Loan& loan)
{
    Inode& inode = *loan.inode;
    std::uint64_t const first = loan.first, end = loan.end;
    bool const ends = loan.ends, cutter_gone = std::exchange(loan.cutter_gone, false);
    loan.waiting.wake_all();
    if (loan.borrowers.empty())
        drop_loan(loan);
    if (ends)
        return reclaim(inode);
    if (cutter_gone)
        finish_cutting(inode, first, end);
}

void has_answered(Loan& loan)
{
    if (--loan.asked == 0)
        range_is_back(loan);
}

} // namespace

Result<Handle> lend_inode(Inode& inode, unsigned torus)
{
    Loan& loan = *TRY(loan_of(inode));
    Borrower* borrower = borrower_of(loan, torus);
    if (borrower == nullptr) {
        borrower = records().borrowers.create();
        if (borrower == nullptr) {
            if (loan.borrowers.empty())
                drop_loan(loan);
            return unexpected{Status::NoMemory};
        }
        borrower->loan = &loan;
        borrower->torus = torus;
        loan.borrowers.push_back(*borrower);
    }
    ++borrower->told;
    return records().loans.handle_of(&loan);
}

// ---- taking back ------------------------------------------------------------------------------------------

void recall_pages(Loan& loan, std::uint64_t first, std::uint64_t end)
{
    Torus& torus = this_torus();
    loan.first = first;
    loan.end = end;
    loan.urgency = urgency_here();
    for (Borrower& borrower : loan.borrowers) {
        borrower.state = Borrower::State::Waits;
        ++loan.asked;
    }
    for (Borrower& borrower : loan.borrowers)
        send_from(torus, link_of(torus, borrower), borrower.out);
}

void end_loan(Inode& inode)
{
    Loan& loan = *inode.file().loan;
    loan.ends = true;
    recall_pages(loan, 0, PageTree::page_limit);
}

void leave_cutting(Loan& loan)
{
    loan.cutter_gone = true;
    loan.inode->file().turn.holder
        = reinterpret_cast<Thread*>(&loan); // SAFETY: only compared, and no thread is there
}

void make_unmap_call(Torus& torus, OutItem& item, Event& call, Event& rest)
{
    Borrower& borrower = owner_of<&Borrower::out>(item);
    Loan const& loan = *borrower.loan;
    borrower.state = Borrower::State::Asked;
    borrower.sequence = torus.far->next_sequence++;
    Handle const handle = records().loans.handle_of(&loan);
    call.type = static_cast<std::uint32_t>(EventType::Call);
    call.sequence = borrower.sequence;
    call.source = handle;
    call.arguments
        = {request_head(FarRequest::Unmap, loan.urgency), loan.first, loan.end, handle.raw(), loan.ends};
    rest.type = static_cast<std::uint32_t>(EventType::CallRest);
}

void loan_answered(Torus& torus, Link& link, Event const& event)
{
    Loan* const loan = records().loans.find(event.target);
    Borrower* const borrower = loan != nullptr ? borrower_of(*loan, link.torus) : nullptr;
    if (borrower == nullptr || borrower->state != Borrower::State::Asked
        || borrower->sequence != event.sequence)
        return;
    if (std::bit_cast<AnswerHead>(event.arguments[1]).kind == AnswerKind::Refused) { // short of memory: again
        borrower->state = Borrower::State::Waits;
        return send_from(torus, link, borrower->out);
    }
    borrower->state = Borrower::State::Idle;
    if (loan->ends || borrower->told == 0)
        drop_borrower(*borrower);
    has_answered(*loan);
}

// It has forgotten the inode. What it was told of it since is not counted in that.
void take_return(Torus& torus, Link& link, Event const& event)
{
    if (torus.far == nullptr)
        return;
    Loan* const loan = records().loans.find(event.target);
    Borrower* const borrower = loan != nullptr ? borrower_of(*loan, link.torus) : nullptr;
    if (borrower == nullptr || borrower->told < event.arguments[0])
        return;
    borrower->told -= static_cast<std::uint32_t>(event.arguments[0]);
    if (borrower->told != 0 || borrower->state == Borrower::State::Asked)
        return; // its answer comes
    bool const waits = borrower->state == Borrower::State::Waits;
    if (waits)
        link.outbox.erase(link.outbox.iterator_to(borrower->out));
    drop_borrower(*borrower);
    if (waits)
        return has_answered(*loan);
    if (loan->borrowers.empty() && loan->asked == 0)
        drop_loan(*loan);
}

// ---- requests ---------------------------------------------------------------------------------------------

Outcome learn_visit(Visitor& visitor)
{
    OpenFile* const file = visitor.objects[0];
    if (file == nullptr)
        return Status::Stale;
    bool const no_exec = file->path.mount != nullptr && file->path.mount->flags & Mount::no_exec;
    std::uint64_t const facts = static_cast<std::uint64_t>(file->kind) | std::uint64_t{file->can_read} << 8
        | std::uint64_t{file->can_write} << 9 | std::uint64_t{no_exec} << 10;
    if (file->kind != FileKind::Regular) {
        visitor.give_details(0, 0, facts);
        return 0;
    }
    Handle const loan = TRY(lend_inode(*file->inode, visitor.torus));
    visitor.give_details(loan.raw(), file->inode->size, facts);
    return file->inode->number;
}

namespace {

// Instruction fetch sees what is in it, as the borrower can keep no note of that.
void make_fit(Paddr frame)
{
    FramePool& frames = this_torus().frames;
    if (frames.instructions_synchronised(frame))
        return;
    arch::sync_instructions(FramePool::pointer(frame));
    frames.set_instructions_synchronised(frame);
}

// Runs of pages that are there, in [from, end) of the window; as many as fit.
class Runs {
public:
    explicit Runs(std::uint64_t start)
        : start_{start}
    {
    }
    // False: no room for another run.
    bool add(std::uint64_t index, Paddr frame)
    {
        auto const offset = static_cast<unsigned>(index - start_);
        if (count_ != 0) {
            PageRun& last = runs_[count_ - 1];
            if (last.offset + last.count == offset && last.first + last.count * page_size == frame) {
                ++last.count;
                return true;
            }
        }
        if (count_ == limit)
            return false;
        runs_[count_++] = {frame, offset, 1};
        return true;
    }
    std::uint64_t word(unsigned i) const { return runs_[i].encode(); }

private:
    static constexpr unsigned limit = 3;
    std::uint64_t start_;
    PageRun runs_[limit];
    unsigned count_{0};
};

// The page that is needed goes first; what lies before it in the window comes last. False: a grain is over,
// and what has been made fit so far stays so.
bool collect(Thread const& thread, Inode& inode, std::uint64_t needed, std::uint64_t start, Runs& runs)
{
    std::uint64_t const end = (inode.size + page_size - 1) / page_size;
    for (unsigned i = 0; i < PageWindow::pages; ++i) {
        std::uint64_t const index = start + (needed - start + i) % PageWindow::pages;
        Paddr const frame = index < end ? inode.file().pages.find(index) : Paddr{};
        if (frame.raw() == 0)
            continue;
        if (!runs.add(index, frame))
            return true;
        make_fit(frame);
        if (must_yield(thread))
            return false;
    }
    return true;
}

} // namespace

// x0: the page that is needed, made if it is a hole; x1: the first of its window. Its size is the outcome.
Outcome borrow_visit(Visitor& visitor, Arguments const& arguments)
{
    OpenFile* const file = visitor.objects[0];
    if (file == nullptr || file->kind != FileKind::Regular)
        return Status::Stale;
    Inode& inode = *file->inode;
    std::uint64_t const needed = arguments[0], start = arguments[1];
    if (inode.file().loan == nullptr || needed - start >= PageWindow::pages)
        return Status::BadArgument;
    if (!inode.file().turn.free_for(visitor.thread)) // pages may be on their way back
        return wait_for_turn(visitor.thread, inode);
    if (Result<Paddr> const page = inode_page(inode, needed, Create::Yes); !page)
        return frames_or(page.error());
    Runs runs{start};
    if (!collect(visitor.thread, inode, needed, start, runs))
        return Outcome::again();
    visitor.give_details(runs.word(0), runs.word(1), runs.word(2));
    return inode.size;
}

namespace {

void describe_program(OpenFile const& file, ProgramPage& page)
{
    ProgramRights const rights = rights_of_program(file);
    page.number = file.inode->number;
    page.size = file.inode->size;
    page.uid = rights.uid;
    page.gid = rights.gid;
    page.permissions = rights.permissions;
    page.path_length = static_cast<std::uint32_t>(path_text(file, page.path));
}

} // namespace

// x0: a page of the caller's home with the path in it (ProgramPage).
Outcome open_program_visit(Visitor& visitor, Arguments const& arguments)
{
    auto& page = *static_cast<ProgramPage*>(FramePool::pointer(Paddr{arguments[0]}));
    OpenFile& file = *TRY(open_executable(visitor.thread, page.path));
    Result<Handle> const loan = lend_inode(*file.inode, visitor.torus);
    if (!loan) {
        release(file);
        return loan.error();
    }
    describe_program(file, page);
    visitor.give_details(lend_file(file).raw(), loan->raw(), 0);
    return 0;
}

} // namespace torc
