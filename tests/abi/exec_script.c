// SPDX-License-Identifier: MIT
// Files that start with #!: the interpreter's arguments, nesting, loops and broken first lines.
#include "abi.h"

static char const self[] = "/abi/exec_script";

static void run(char const* what, char const* first_line, int mode)
{
    unlink("script");
    close(make_file("script", first_line, mode));
    pid_t child = (pid_t)MUST(fork());
    if (child == 0) {
        char* arguments[] = {"name", "one", "two", NULL};
        char* environment[] = {"SHOW=1", NULL};
        execve("./script", arguments, environment);
        say("%s: %s", what, error_name(errno));
        _exit(0);
    }
    int status;
    MUST(waitpid(child, &status, 0));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        show_status(what, status);
}

int main(int argc, char** argv)
{
    if (getenv("SHOW") != NULL) {
        char line[900] = "";
        for (int i = 0; i < argc; i++)
            snprintf(line + strlen(line), sizeof line - strlen(line), " <%.60s>", argv[i]);
        say("ran:%s", line);
        return 0;
    }
    char line[1200];
    run("plain", "#!/abi/exec_script\nrest\n", 0755);
    run("without a newline", "#!/abi/exec_script", 0755);
    run("argument", "#!/abi/exec_script -x\n", 0755);
    run("words are one argument", "#!/abi/exec_script -a  b c\t \n", 0755);
    run("blanks before", "#! \t /abi/exec_script\n", 0755);
    run("carriage return", "#!/abi/exec_script\r\n", 0755);
    run("missing interpreter", "#!/abi/none\n", 0755);
    run("relative interpreter", "#!abi/exec_script\n", 0755);
    run("directory", "#!/abi\n", 0755);
    run("nothing", "#!\n", 0755);
    run("only blanks", "#!   \n", 0755);
    run("one character", "#", 0755);
    run("itself", "#!./script\n", 0755);
    run("not executable", "#!/abi/exec_script\n", 0644);

    snprintf(line, sizeof line, "#!%s %0*d\n", self, 200, 7);
    run("long argument", line, 0755);
    snprintf(line, sizeof line, "#!%s %0*d\n", self, 500, 7);
    run("argument beyond the buffer", line, 0755);
    snprintf(line, sizeof line, "#!/%0*d\n", 300, 7);
    run("interpreter beyond the buffer", line, 0755);

    close(make_file("noexec", "#!/abi/exec_script\n", 0644));
    run("interpreter is not executable", "#!./noexec\n", 0755);
    close(make_file("plain", "no interpreter\n", 0755));
    run("interpreter is text", "#!./plain\n", 0755);
    close(make_file("level1", "#!/abi/exec_script inner\n", 0755));
    run("two levels", "#!./level1 outer\n", 0755);
    for (int i = 2; i <= 6; i++) {
        char name[16];
        snprintf(name, sizeof name, "level%d", i);
        snprintf(line, sizeof line, "#!./level%d a%d\n", i - 1, i);
        close(make_file(name, line, 0755));
    }
    for (int i = 2; i <= 6; i++) {
        snprintf(line, sizeof line, "#!./level%d\n", i);
        char what[32];
        snprintf(what, sizeof what, "%d levels", i + 1);
        run(what, line, 0755);
    }
    return 0;
}
