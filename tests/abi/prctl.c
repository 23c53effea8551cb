// SPDX-License-Identifier: MIT
// prctl: the options that programs use.
#include "abi.h"
#include <sys/prctl.h>

static void show_name(void)
{
    char name[32];
    memset(name, '#', sizeof name);
    prctl(PR_GET_NAME, name);
    name[31] = 0;
    say("name <%.16s>, byte behind %c", name, name[16]);
}

int main(void)
{
    show_name();
    VALUE(prctl(PR_SET_NAME, "a name that is too long for it"));
    show_name();
    VALUE(prctl(PR_SET_NAME, ""));
    show_name();
    VALUE(prctl(PR_SET_NAME, "short"));
    CHILD("inherited", show_name());
    VALUE(prctl(PR_SET_NAME, 1));
    VALUE(prctl(PR_GET_NAME, 1));
    VALUE(prctl(PR_GET_DUMPABLE));
    VALUE(prctl(PR_SET_DUMPABLE, 0));
    VALUE(prctl(PR_GET_DUMPABLE));
    VALUE(prctl(PR_SET_DUMPABLE, 2));
    VALUE(prctl(PR_SET_DUMPABLE, 1));
    CHILD("after becoming a user", become_user(); VALUE(prctl(PR_GET_DUMPABLE)));
    VALUE(prctl(PR_GET_KEEPCAPS));
    VALUE(prctl(PR_SET_KEEPCAPS, 1));
    VALUE(prctl(PR_GET_KEEPCAPS));
    VALUE(prctl(PR_SET_KEEPCAPS, 2));
    VALUE(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    VALUE(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
    VALUE(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    VALUE(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    VALUE(prctl(PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0));
    CHILD("inherited", VALUE(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)));
    VALUE(prctl(PR_SET_TIMERSLACK, 12345));
    VALUE(prctl(PR_GET_TIMERSLACK));
    VALUE(prctl(PR_SET_TIMERSLACK, 0));
    VALUE(prctl(PR_GET_TIMERSLACK));
    VALUE(prctl(PR_GET_PDEATHSIG, 1));
    VALUE(prctl(PR_SET_PDEATHSIG, 0));
    VALUE(prctl(PR_CAPBSET_READ, 0));
    VALUE(prctl(PR_CAPBSET_READ, 40));
    VALUE(prctl(PR_CAPBSET_READ, 64));
    VALUE(prctl(PR_GET_SECUREBITS));
    VALUE(prctl(12345));
    VALUE(prctl(-1));
    return 0;
}
