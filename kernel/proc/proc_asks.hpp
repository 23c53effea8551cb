// SPDX-License-Identifier: MIT
// The asker's side of questions about processes elsewhere. A handler of procfs asks, hears NotYet, waits,
// runs again and finds the answer: what was asked in a call is kept until the call ends, so that a walk of
// several steps gets on. Any thread may ask, also a visitor, for answers never wait for anybody. Torus-local.
#pragma once
#include "kernel/files/fs_context.hpp"
#include "kernel/proc/ask_page.hpp"
#include "kernel/process/process.hpp"
#include "kernel/process/wait_queue.hpp"
#include "kernel/result.hpp"
#include "substrate/intrusive_list.hpp"
#include "substrate/pool.hpp"
#include <cstdint>
#include <string_view>

namespace torc {
struct Event;
struct Torus;
struct Visitor;

struct ProcAsk { // pool record
    ListHook in_list;
    Thread const* thread{nullptr}; // only compared; nullptr: nobody wants the answer any more
    Paddr page{};
    unsigned torus{0}; // that is asked
    std::uint32_t sequence{0};
    std::uint8_t redirected{0}; // how often
    enum class State : std::uint8_t { New, Sent, Answered } state{State::New};
    Status failure{};
    WaitQueue waiting;
};

struct ProcAsks {
    Pool<ProcAsk> pool;
    List<ProcAsk, &ProcAsk::in_list> list;
    // What the facts of an answer look like to code that knows processes; for one grain.
    Process described;
    FsContext described_places;
    Process reader; // the owner's side: who asks, if it is no process of this torus
};

struct Question {
    AskKind kind;
    std::uint64_t node{0};
    std::uint32_t number{0};
    Handle object{};
    // What does not tell one question from another.
    std::uint64_t from{0};
    std::string_view text{};
};

// The answer to the running thread's question, which the torus of that number knows, or tells who does.
// NotYet, and the caller lets that be its outcome; NoProcess; NoMemory; why it cannot be answered.
Result<AskPage*> ask(Thread& thread, unsigned torus, Question const& question);
// A page that one torus after the other is asked for a part of: empty at first. `ask_for_part` says NotYet,
// or why not; the next call finds the page with the answer, or NotYet again.
Result<AskPage*> page_of_processes(Thread& thread, std::uint32_t room_each);
Status ask_for_part(AskPage& page, unsigned torus, std::uint64_t from);
// An answer that is used up.
void forget(AskPage const& page);
// The facts that this thread has been told in this call: of that node, or nullptr.
AskPage* find_facts(Thread const& thread, std::uint64_t node);

// The thread's call is over: no answer is kept.
void drop_asks(Thread& thread);
inline void end_asks(Thread& thread)
{
    if (thread.asked) [[unlikely]]
        drop_asks(thread);
}

void ask_answered(Torus& torus, Event const& event);
Result<ProcAsks*> open_asks();

// proc_answers.cpp: the handler of a question.
Outcome ask_visit(Visitor& visitor, Arguments const& arguments);

} // namespace torc
