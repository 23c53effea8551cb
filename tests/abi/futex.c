// SPDX-License-Identifier: MIT
// futex WAIT and WAKE between processes, on shared memory and on files; robust lists; set_tid_address.
#include "abi.h"
#include <linux/futex.h>

static long futex(int volatile* word, int op, int value, struct timespec* t)
{
    return SYS(futex, word, op, value, t, NULL, 0);
}

static pid_t waiter(int volatile* word, int value, int volatile* ready, int op)
{
    *ready = 0;
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        *ready = 1;
        long r = futex(word, op, value, NULL);
        _exit(r == 0 ? 0 : errno);
    }
    await(ready, 1);
    sleep_ms(25);
    return child;
}

int main(void)
{
    int volatile* shared = shared_memory(PAGE);
    int volatile* word = shared + 16;
    struct timespec t = {0, 30000000};
    VALUE(futex(word, FUTEX_WAIT, 5, NULL));
    long start = now_ms();
    VALUE(futex(word, FUTEX_WAIT, 0, &t));
    IS(now_ms() - start >= 29);
    VALUE(futex(word, FUTEX_WAKE, 1, NULL));
    VALUE(futex(word, FUTEX_WAKE, 0, NULL));
    t.tv_nsec = 0;
    VALUE(futex(word, FUTEX_WAIT, 0, &t));
    t.tv_nsec = 1000000000;
    VALUE(futex(word, FUTEX_WAIT, 0, &t));
    t = (struct timespec){-1, 0};
    VALUE(futex(word, FUTEX_WAIT, 0, &t));
    VALUE(futex((int*)((char*)word + 1), FUTEX_WAIT, 0, NULL));
    VALUE(futex((int*)((char*)word + 2), FUTEX_WAKE, 1, NULL));
    VALUE(futex(NULL, FUTEX_WAIT, 0, NULL));
    VALUE(futex(NULL, FUTEX_WAKE, 1, NULL));
    VALUE(futex((int*)0x7777000, FUTEX_WAIT, 0, NULL));
    VALUE(futex((int*)0xffffff8000001000, FUTEX_WAIT, 0, NULL));
    VALUE(futex(word, FUTEX_WAIT, 0, (struct timespec*)1));
    VALUE(futex(word, 99, 0, NULL));

    pid_t a = waiter(word, 0, shared, FUTEX_WAIT), b = waiter(word, 0, shared, FUTEX_WAIT),
          c = waiter(word, 0, shared, FUTEX_WAIT);
    VALUE(futex(word, FUTEX_WAKE_PRIVATE, 10, NULL));
    VALUE(futex(word, FUTEX_WAKE, 2, NULL));
    VALUE(futex(word, FUTEX_WAKE, INT_MAX, NULL));
    VALUE(futex(word, FUTEX_WAKE, 1, NULL));
    reap("a", a);
    reap("b", b);
    reap("c", c);
    a = waiter(word, 0, shared, FUTEX_WAIT);
    *word = 1;
    sleep_ms(20);
    VALUE(waitpid(a, NULL, WNOHANG));
    VALUE(futex(word, FUTEX_WAKE, 1, NULL));
    reap("woken though the word changed before", a);
    *word = 0;
    a = waiter(word, 0, shared, FUTEX_WAIT);
    kill(a, SIGKILL);
    reap("killed waiter", a);
    VALUE(futex(word, FUTEX_WAKE, 1, NULL));

    // The key is the memory, not the address: two views of one file.
    int fd = make_file("file", NULL, 0644);
    ftruncate(fd, (long)PAGE);
    int volatile* one = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    int volatile* two = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    a = waiter(one, 0, shared, FUTEX_WAIT);
    VALUE(futex(two, FUTEX_WAKE, 1, NULL));
    reap("two views", a);
    // Private memory after fork is not the same memory.
    static int private_word;
    a = waiter(&private_word, 0, shared, FUTEX_WAIT);
    VALUE(futex(&private_word, FUTEX_WAKE, 1, NULL));
    kill(a, SIGKILL);
    reap("private", a);

    IS(SYS(set_tid_address, word) == getpid());
    VALUE(SYS(set_robust_list, shared, 10));
    VALUE(SYS(set_robust_list, NULL, 24));
    // A robust lock whose owner dies is marked, and a waiter woken.
    struct {
        struct robust_list_head head;
        struct robust_list entry;
        int futex;
    }* robust = (void*)((char*)shared + 1024);
    a = (pid_t)MUST(fork());
    if (a == 0) {
        robust->head.list.next = &robust->entry;
        robust->entry.next = &robust->head.list;
        robust->head.futex_offset = (char*)&robust->futex - (char*)&robust->entry;
        robust->head.list_op_pending = NULL;
        robust->futex = getpid();
        MUST(SYS(set_robust_list, &robust->head, sizeof robust->head));
        shared[3] = 1;
        sleep_ms(80);
        _exit(0);
    }
    await(shared + 3, 1);
    robust->futex |= (int)FUTEX_WAITERS;
    VALUE(futex(&robust->futex, FUTEX_WAIT, robust->futex, NULL));
    say("owner died %d, waiters %d, owner cleared %d", (robust->futex & FUTEX_OWNER_DIED) != 0,
        (robust->futex & (int)FUTEX_WAITERS) != 0, (robust->futex & FUTEX_TID_MASK) == 0);
    reap("owner", a);
    struct robust_list_head* head = NULL;
    size_t size = 0;
    VALUE(SYS(get_robust_list, 0, &head, &size));

    // Ping-pong: two processes hand a word to and fro.
    *word = 0;
    a = (pid_t)MUST(fork());
    if (a == 0) {
        for (int i = 0; i < 500; i++) {
            while (*word != 1)
                futex(word, FUTEX_WAIT, 0, NULL);
            *word = 0;
            futex(word, FUTEX_WAKE, 1, NULL);
        }
        _exit(0);
    }
    for (int i = 0; i < 500; i++) {
        *word = 1;
        futex(word, FUTEX_WAKE, 1, NULL);
        while (*word != 0)
            futex(word, FUTEX_WAIT, 1, NULL);
    }
    reap("five hundred turns", a);
    return 0;
}
