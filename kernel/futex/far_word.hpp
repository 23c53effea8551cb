// SPDX-License-Identifier: MIT
// Futex words in files of other tori. Whoever waits for one stands in the queues of the torus that has the
// file, under the frame's address, which is the same everywhere: WAIT and WAKE are far calls that bring that
// address along instead of progress (FarRecords::so_far). Torus-local.
#pragma once
#include "kernel/futex/futex_word.hpp"
#include "kernel/result.hpp"

namespace torc {

// The word is of another torus's file: the call is to be made there.
bool is_elsewhere(FutexWord const& word);
// What its handler says then.
Status meet_elsewhere(FutexWord const& word);
// The handler there: the word that its visitor has come for. BadAddress: it is in no frame of this torus's.
Result<FutexWord> word_of_visitor(Thread const& visitor);

// What takes two words, or hands a lock on, is done on one torus only. NotImplemented: the word is elsewhere.
Result<FutexWord> word_here(Thread& thread, Uaddr address, std::uint32_t operation, Access access);

// An ending thread wakes one of those who wait for the word, wherever they do. False: it waits for room in a
// strand, and nothing has happened.
bool may_wake_at_end(Thread& thread, FutexWord const& word);
void wake_at_end(FutexWord const& word); // after that, in the same grain

} // namespace torc
