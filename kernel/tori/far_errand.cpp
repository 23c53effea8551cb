// SPDX-License-Identifier: MIT
// Questions to an owner about one file: what it is, or to open it as a program. The answer finds the caller's
// OpenFile, which the errand keeps; so a thread that dies meanwhile leaves nothing half open.
#include "kernel/files/far_file.hpp"
#include "kernel/files/file_records.hpp"
#include "kernel/process/process_table.hpp"
#include "kernel/tori/event_types.hpp"
#include "kernel/tori/far_call.hpp"
#include "kernel/tori/far_inode.hpp"
#include "kernel/tori/far_records.hpp"
#include "kernel/tori/links.hpp"
#include "kernel/tori/loan_records.hpp"
#include "kernel/tori/request_head.hpp"
#include "kernel/torus.hpp"
#include <bit>
#include <cstring>
#include <utility>

namespace torc {
namespace {

LoanRecords& records()
{
    return *this_torus().far->loans;
}

FarFile& far_part(OpenFile const& file)
{
    return *static_cast<FarFile*>(file.data);
}

} // namespace

void drop_errand(FarFile& far)
{
    FarErrand* const errand = std::exchange(far.errand, nullptr);
    if (errand == nullptr)
        return;
    if (errand->spare != nullptr)
        drop_spare_inode(*errand->spare);
    if (errand->page.raw() != 0)
        this_torus().frames.release(errand->page);
    records().errands.destroy(errand);
}

namespace {

Result<FarErrand*> make_errand()
{
    FarErrand* const errand = records().errands.create();
    if (errand == nullptr)
        return unexpected{Status::NoMemory};
    Result<FarInode*> const spare = make_spare_inode();
    if (!spare) {
        records().errands.destroy(errand);
        return unexpected{spare.error()};
    }
    errand->spare = *spare;
    return errand;
}

Status not_yet(WaitQueue& queue)
{
    records().awaited = &queue;
    return Status::NotYet;
}

// The link may be used for a request now.
void send_errand(Torus& torus, Link& link, FarErrand& errand, Event& call, Event& rest)
{
    errand.sequence = torus.far->next_sequence++;
    call.type = static_cast<std::uint32_t>(EventType::Call);
    call.sequence = errand.sequence;
    call.source = torus.files->open_files.handle_of(errand.file);
    rest.type = static_cast<std::uint32_t>(EventType::CallRest);
    (void)link.credits.take();
    ++torus.far->calls_out;
    retain(*errand.file);
    send_two(torus, link, call, rest);
}

// How the errand of this file stands; it is dropped once the answer has been seen.
Status state_of(FarFile& far)
{
    FarErrand& errand = *far.errand;
    if (!errand.answered)
        return not_yet(errand.waiting);
    Status const failure = errand.failure;
    drop_errand(far);
    return failure;
}

// ---- learning ---------------------------------------------------------------------------------------------

void take_inode(OpenFile& file, FarErrand& errand, Handle loan)
{
    if (loan.is_null() || file.inode != nullptr)
        return;
    file.inode = &know_inode(loan, *std::exchange(errand.spare, nullptr)).inode;
}

void take_facts(OpenFile& file, FarErrand& errand, Event const& event)
{
    FarFacts& facts = far_part(file).facts;
    std::uint64_t const word = event.arguments[4];
    facts.known = true;
    facts.kind = static_cast<std::uint8_t>(word);
    facts.can_read = word >> 8 & 1;
    facts.can_write = word >> 9 & 1;
    facts.no_exec = word >> 10 & 1;
    take_inode(file, errand, Handle::from_raw(event.arguments[2]));
    if (file.inode == nullptr)
        return;
    file.inode->number = event.arguments[0];
    file.inode->size = event.arguments[3];
}

// ---- opening a program ------------------------------------------------------------------------------------

ProgramPage& page_of(FarErrand const& errand)
{
    return *static_cast<ProgramPage*>(FramePool::pointer(errand.page));
}

void take_program(OpenFile& file, FarErrand& errand, Event const& event)
{
    ProgramPage const& page = page_of(errand);
    name_far_file(file, Handle::from_raw(event.arguments[2]), lent_weight);
    FarFacts& facts = far_part(file).facts;
    facts.known = facts.can_read = true;
    facts.kind = static_cast<std::uint8_t>(FileKind::Regular);
    facts.permissions = static_cast<std::uint16_t>(page.permissions);
    facts.uid = page.uid;
    facts.gid = page.gid;
    Handle const loan = Handle::from_raw(event.arguments[3]);
    FarInode& known = know_inode(loan, *std::exchange(errand.spare, nullptr));
    known.inode.number = page.number;
    known.inode.size = page.size;
    set_far_path(known, {page.path, page.path_length});
    file.inode = &known.inode;
}

Handle place_handle(OpenFile const* place)
{
    return place != nullptr ? far_handle(*place) : Handle{};
}

Result<FarErrand*> make_opening(char const* path)
{
    std::size_t const length = std::strlen(path);
    if (length >= ProgramPage::path_limit)
        return unexpected{Status::NameTooLong};
    FarErrand* const errand = TRY(make_errand());
    Result<Paddr> const page = this_torus().frames.take_cleared(FrameKind::Special);
    Result<OpenFile*> const file = page ? make_far_file() : unexpected{page.error()};
    if (page)
        errand->page = *page;
    if (!file) {
        FarFile scrap;
        scrap.errand = errand;
        drop_errand(scrap);
        return unexpected{file.error()};
    }
    errand->file = *file;
    far_part(**file).errand = errand;
    std::memcpy(page_of(*errand).path, path, length + 1);
    return errand;
}

Result<void> start_opening(Thread& thread, char const* path, OpenFile*& opening)
{
    Torus& torus = this_torus();
    Link& link = *TRY(link_to(torus, names_torus));
    if (!introduce(torus, *thread.process, link) || !may_send(link, 2, Want::Call))
        return unexpected{not_yet(link.callers)};
    FarErrand& errand = *TRY(make_opening(path));
    opening = errand.file;
    FsContext const& places = *thread.process->fs;
    Event call{}, rest{};
    call.target = place_handle(places.far_directory);
    call.arguments = {request_head(FarRequest::OpenProgram), errand.page.raw(), 0, 0, 0};
    rest.source = torus.processes->processes.handle_of(thread.process);
    rest.arguments = {0, 0, 0, place_handle(places.far_root).raw(), 0};
    send_errand(torus, link, errand, call, rest);
    return unexpected{not_yet(errand.waiting)};
}

} // namespace

FarFacts const& far_facts(OpenFile const& file)
{
    return far_part(file).facts;
}

Result<void> learn_far_file(OpenFile& file)
{
    Torus& torus = this_torus();
    FarFile& far = far_part(file);
    if (far.facts.known) [[likely]]
        return {};
    if (far.handle.is_null())
        return unexpected{Status::BadDescriptor}; // it is being opened
    if (far.errand != nullptr) {
        Status const status = state_of(far);
        return status == Status{} ? Result<void>{} : unexpected{status};
    }
    Link& link = *TRY(link_to(torus, far.handle.torus().number));
    if (!may_send(link, 2, Want::Call))
        return unexpected{not_yet(link.callers)};
    FarErrand& errand = *TRY(make_errand());
    errand.file = &file;
    far.errand = &errand;
    Event call{}, rest{};
    call.target = far.handle;
    call.arguments = {request_head(FarRequest::Learn), 0, 0, 0, 0};
    send_errand(torus, link, errand, call, rest);
    return unexpected{not_yet(errand.waiting)};
}

Result<OpenFile*> open_far_program(Thread& thread, char const* path, OpenFile*& opening)
{
    if (opening == nullptr)
        TRY(start_opening(thread, path, opening));
    Status const status = far_part(*opening).errand != nullptr ? state_of(far_part(*opening)) : Status{};
    if (status == Status::NotYet)
        return unexpected{status};
    OpenFile* const file = std::exchange(opening, nullptr);
    if (status == Status{})
        return file;
    release(*file);
    if (status != Status::Stale)
        return unexpected{status};
    forget_acquaintance(*thread.process, names_torus); // it did not know us any more
    TRY(start_opening(thread, path, opening));
    return unexpected{Status::NotYet};
}

bool errand_answered(Torus&, OpenFile& file, Event const& event)
{
    FarFile& far = far_part(file);
    if (far.errand == nullptr || far.errand->answered || far.errand->sequence != event.sequence)
        return false;
    FarErrand& errand = *far.errand;
    auto const head = std::bit_cast<AnswerHead>(event.arguments[1]);
    auto const outcome = static_cast<std::int64_t>(event.arguments[0]);
    if (head.kind == AnswerKind::Parked)
        return true;
    errand.answered = true;
    if (head.kind == AnswerKind::Stranger)
        errand.failure = Status::Stale;
    else if (head.kind != AnswerKind::Done)
        errand.failure = Status::NoMemory;
    else if (outcome < 0)
        errand.failure = linux_abi::status_of(static_cast<int>(-outcome));
    else if (errand.page.raw() != 0)
        take_program(file, errand, event);
    else
        take_facts(file, errand, event);
    errand.waiting.wake_all();
    if (errand.failure == Status{})
        drop_errand(far);
    release(file); // nobody may have waited for it
    return true;
}

} // namespace torc
