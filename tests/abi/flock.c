// SPDX-License-Identifier: MIT
// flock: shared and exclusive locks on open files.
#include "abi.h"
#include <sys/file.h>

static void try(char const* what, int fd, int how)
{
    int r = flock(fd, how | LOCK_NB);
    say("%s: %s", what, r == 0 ? "granted" : error_name(errno));
}

int main(void)
{
    int a = make_file("file", NULL, 0644), b = open("file", O_RDONLY), c = dup(a),
        other = make_file("other", NULL, 0644);
    int volatile* shared = shared_memory(PAGE);
    try("a exclusive", a, LOCK_EX);
    try("a again", a, LOCK_EX);
    try("b exclusive", b, LOCK_EX);
    try("b shared", b, LOCK_SH);
    try("c, a duplicate of a", c, LOCK_EX);
    try("another file", other, LOCK_EX);
    try("a down to shared", a, LOCK_SH);
    try("b shared", b, LOCK_SH);
    try("b up to exclusive", b, LOCK_EX);
    try("a exclusive, after b's failed conversion", a, LOCK_EX);
    try("b shared", b, LOCK_SH);
    try("unlock b", b, LOCK_UN);
    try("unlock b again", b, LOCK_UN);
    try("a shared", a, LOCK_SH);
    CHILD("child has a's lock", try("child: a exclusive", a, LOCK_EX); int d = open("file", O_RDWR);
        try("child: own open", d, LOCK_EX));
    close(c);
    try("after closing the duplicate, b", b, LOCK_EX);
    CHILD("child unlocks for all", try("unlock in the child", a, LOCK_UN));
    try("b exclusive", b, LOCK_EX);
    close(b);
    b = open("file", O_RDONLY);
    try("a, after b was closed", a, LOCK_EX);
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        close(a);
        shared[0] = 1;
        int r = flock(b, LOCK_EX);
        say("child waited and got it: %d, parent unlocked before: %d", r, shared[1]);
        _exit(0);
    }
    await(&shared[0], 1);
    sleep_ms(40);
    shared[1] = 1;
    flock(a, LOCK_UN);
    reap("waiter", child);
    try("a after the waiter has gone: the parent holds b still", a, LOCK_EX);
    flock(b, LOCK_UN);
    try("a", a, LOCK_EX);
    child = (pid_t)MUST(fork());
    if (child == 0) {
        shared[2] = 1;
        flock(b, LOCK_SH);
        _exit(1);
    }
    await(&shared[2], 1);
    sleep_ms(20);
    kill(child, SIGKILL);
    reap("killed waiter", child);
    VALUE(flock(99, LOCK_EX));
    VALUE(flock(a, 0));
    VALUE(flock(a, LOCK_SH | LOCK_EX));
    VALUE(flock(a, 64));
    VALUE(flock(open("file", O_PATH), LOCK_EX));
    int ends[2];
    MUST(pipe(ends));
    VALUE(flock(ends[0], LOCK_EX | LOCK_NB));
    return 0;
}
