// SPDX-License-Identifier: MIT
// Edges of files that were inherited across exec: the watcher may have come to live apart from them.
#include "abi.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>

enum { orders = 20, answers, data_in, data_out, counter };

static void must_move_to(int fd, int to)
{
    MUST(dup2(fd, to));
    close(fd);
}

// Does what the watcher orders, at the other ends.
static void obey(int order_end, int answer_end, int write_end, int read_end)
{
    char order, buffer[4096];
    while (read(order_end, &order, 1) == 1) {
        if (order == 'w')
            write(write_end, "x", 1);
        if (order == 'r')
            while (read(read_end, buffer, sizeof buffer) > 0) { }
        if (order == 'c')
            close(write_end);
        if (order == 'e')
            eventfd_write(counter, 1);
        write(answer_end, "", 1);
    }
}

static void order(char what)
{
    char answer;
    write(orders, &what, 1);
    read(answers, &answer, 1);
}

static void expect(int set, char const* what, int milliseconds)
{
    struct epoll_event events[8];
    int n = epoll_wait(set, events, 8, milliseconds);
    say("%s: %d", what, n);
    for (int i = 0; i < n; i++)
        say("  %d: %#x", (int)events[i].data.u32 - orders, events[i].events);
}

static void add(int set, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.u32 = (uint32_t)fd};
    VALUE(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event));
}

enum { soon = 3000, never = 60 };

static void input(int set)
{
    char byte;
    add(set, data_in, EPOLLIN | EPOLLRDHUP | EPOLLET);
    expect(set, "nothing yet", never);
    order('w');
    expect(set, "a byte", soon);
    expect(set, "the same byte", never);
    order('w');
    expect(set, "another, though the first is there", soon);
    expect(set, "no news", never);
    VALUE(read(data_in, &byte, 1));
    expect(set, "one read", never);
    VALUE(read(data_in, &byte, 1));
    order('w');
    VALUE(read(data_in, &byte, 1));
    order('w');
    expect(set, "the fourth", soon);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u32 = data_in};
    VALUE(epoll_ctl(set, EPOLL_CTL_MOD, data_in, &event));
    expect(set, "modified", soon);
    expect(set, "once", never);
    for (int i = 0; i < 200; i++) {
        struct epoll_event found;
        order('w');
        if (epoll_wait(set, &found, 1, soon) != 1)
            say("edge %d was lost", i);
    }
    expect(set, "after two hundred", never);
}

static void output(int set)
{
    static char const much[1 << 16];
    add(set, data_out, EPOLLOUT | EPOLLIN | EPOLLET);
    expect(set, "room", soon);
    expect(set, "still room", never);
    while (write(data_out, much, sizeof much) > 0) { }
    CHECK((int)write(data_out, much, 1));
    expect(set, "full", never);
    order('r');
    expect(set, "room again", soon);
    expect(set, "no news", never);
}

static void both(int set)
{
    add(set, counter, EPOLLIN | EPOLLET | EPOLLONESHOT);
    expect(set, "nothing counted", never);
    order('e');
    expect(set, "counted", soon);
    order('e');
    expect(set, "off", never);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET | EPOLLONESHOT, .data.u32 = counter};
    VALUE(epoll_ctl(set, EPOLL_CTL_MOD, counter, &event));
    expect(set, "on", soon);
    order('c');
    expect(set, "closed", soon);
    expect(set, "closed once", never);
}

static void watch(void)
{
    int set = MUST(epoll_create1(0));
    input(set);
    output(set);
    both(set);
}

int main(int count, char** arguments)
{
    (void)arguments;
    if (count > 1)
        return watch(), 0;
    int to_obey[2], back[2], in[2], out[2];
    MUST(pipe(to_obey));
    MUST(pipe(back));
    MUST(pipe(in));
    MUST(pipe2(out, O_NONBLOCK));
    must_move_to(MUST(eventfd(0, EFD_NONBLOCK)), counter);
    pid_t watcher = (pid_t)MUST(fork());
    if (watcher == 0) {
        must_move_to(to_obey[1], orders);
        must_move_to(back[0], answers);
        must_move_to(in[0], data_in);
        must_move_to(out[1], data_out);
        close(to_obey[0]), close(back[1]), close(in[1]), close(out[0]);
        MUST(execl("/proc/self/exe", "epoll_edges", "watch", NULL));
    }
    close(to_obey[1]), close(back[0]), close(in[0]), close(out[1]);
    obey(to_obey[0], back[1], in[1], out[0]);
    int status;
    MUST(waitpid(watcher, &status, 0));
    say("status %#x", status);
    return 0;
}
