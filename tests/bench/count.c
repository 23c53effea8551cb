// SPDX-License-Identifier: MIT
// A QEMU plugin that counts the instructions of each core. (A block of code that an exception leaves early is
// counted whole.) A program marks moments with hints that are not allocated (hint #112 to #127 do nothing on
// any core); each mark becomes a line of the file out=NAME
//     mark NUMBER CORE SLEPT COUNT...
// SLEPT is what CORE had counted when it last slept (wfi), COUNT what each core has counted so far. With
// function=ADDRESS each call of that function that ends becomes a line
//     call CORE COUNT
// of the instructions between its first one and the one behind the call.
//
// Which core runs is read from TPIDR_EL1, where a kernel keeps what is the core's own: when QEMU runs its
// cores in turns, as icount wants it, it passes the core that a block was translated for, not the one that
// runs it. Cores are numbered in the order in which they are first seen; what runs before a kernel has set
// the register is core 0's.
//
// Debian does not ship QEMU's header; what is used of it is declared here (QEMU TCG Plugins, interface
// version 4).
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum qemu_plugin_cb_flags { no_registers, reads_registers };
struct byte_array { // GByteArray
    unsigned char* data;
    unsigned length;
};
struct register_descriptor { // qemu_plugin_reg_descriptor
    void* handle;
    char const *name, *feature;
};
struct register_array { // GArray of them
    struct register_descriptor* data;
    unsigned length;
};

struct byte_array* g_byte_array_new(void);
struct byte_array* g_byte_array_set_size(struct byte_array*, unsigned);
struct register_array* qemu_plugin_get_registers(void);
int qemu_plugin_read_register(void* handle, struct byte_array*);
void qemu_plugin_register_vcpu_init_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, unsigned));

void qemu_plugin_register_vcpu_tb_trans_cb(
    qemu_plugin_id_t, void (*)(qemu_plugin_id_t, struct qemu_plugin_tb*));
void qemu_plugin_register_vcpu_insn_exec_cb(
    struct qemu_plugin_insn*, void (*)(unsigned, void*), enum qemu_plugin_cb_flags, void*);
void qemu_plugin_register_vcpu_tb_exec_cb(
    struct qemu_plugin_tb*, void (*)(unsigned, void*), enum qemu_plugin_cb_flags, void*);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, void*), void*);
size_t qemu_plugin_tb_n_insns(struct qemu_plugin_tb const*);
struct qemu_plugin_insn* qemu_plugin_tb_get_insn(struct qemu_plugin_tb const*, size_t);
uint64_t qemu_plugin_insn_vaddr(struct qemu_plugin_insn const*);
size_t qemu_plugin_insn_data(struct qemu_plugin_insn const*, void*, size_t);

#define EXPORT __attribute__((visibility("default")))
EXPORT int qemu_plugin_version = 4;

enum { most_cores = 128, first_mark = 112, last_mark = 127, most_calls = 16 };
static uint32_t const wfi = 0xd503207f, hint = 0xd503201f, hint_mask = 0xfffff01f;
static uint32_t const branch_with_link = 0x94000000, branch_mask = 0xfc000000;

// What a mark in a translated block needs to know.
struct mark {
    unsigned number;
    uint64_t behind; // instructions of the block from the mark on
};

static uint64_t counted[most_cores], slept[most_cores], owners[most_cores];
static uint64_t function, behind_calls[most_calls], entered[most_cores]; // 0: not now
static unsigned calls;
static unsigned cores, latest; // seen so far; the one that ran last
static void* core_register;
static struct byte_array* value;
static FILE* out;

static void find_register(qemu_plugin_id_t id, unsigned core)
{
    (void)id;
    struct register_array* all = qemu_plugin_get_registers();
    for (unsigned i = 0; core == 0 && i < all->length; i++)
        if (strcmp(all->data[i].name, "TPIDR_EL1") == 0)
            core_register = all->data[i].handle;
}

static unsigned this_core(void)
{
    uint64_t owner = 0;
    g_byte_array_set_size(value, 0);
    if (core_register != NULL && qemu_plugin_read_register(core_register, value) == sizeof owner)
        memcpy(&owner, value->data, sizeof owner);
    if (owner == owners[latest])
        return latest;
    for (latest = 0; latest < cores; latest++)
        if (owners[latest] == owner)
            return latest;
    if (owner == 0 || cores == most_cores)
        return latest = 0;
    owners[cores] = owner;
    return latest = cores++;
}

static void on_block(unsigned unused, void* size)
{
    (void)unused;
    counted[this_core()] += (uintptr_t)size;
}

static void on_mark(unsigned unused, void* data)
{
    (void)unused;
    struct mark const* mark = data;
    unsigned core = this_core();
    fprintf(out, "mark %u %u %" PRIu64, mark->number, core, slept[core]);
    for (unsigned i = 0; i < cores; i++)
        fprintf(out, " %" PRIu64, counted[i] - (i == core ? mark->behind : 0));
    fputc('\n', out);
}

static void on_sleep(unsigned unused, void* nothing)
{
    (void)unused;
    (void)nothing;
    unsigned core = this_core();
    slept[core] = counted[core]; // wfi ends its block
}

// `behind`: instructions of the block from here on.
static void on_entry(unsigned unused, void* behind)
{
    (void)unused;
    unsigned core = this_core();
    entered[core] = counted[core] - (uintptr_t)behind;
}

static void on_return(unsigned unused, void* behind)
{
    (void)unused;
    unsigned core = this_core();
    if (entered[core] != 0)
        fprintf(out, "call %u %" PRIu64 "\n", core, counted[core] - (uintptr_t)behind - entered[core]);
    entered[core] = 0;
}

// Where the function is called, and what is behind that.
static void look_for_calls(struct qemu_plugin_insn* instruction, uint32_t word, size_t behind)
{
    uint64_t const at = qemu_plugin_insn_vaddr(instruction);
    if (at == function)
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_entry, reads_registers, (void*)behind);
    for (unsigned i = 0; i < calls; i++)
        if (behind_calls[i] == at)
            qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_return, reads_registers, (void*)behind);
    int64_t const words = (int32_t)(word << 6) >> 6;
    if ((word & branch_mask) != branch_with_link || at + (uint64_t)(words * 4) != function)
        return;
    for (unsigned i = 0; i < calls; i++)
        if (behind_calls[i] == at + 4)
            return;
    if (calls < most_calls)
        behind_calls[calls++] = at + 4;
}

static struct mark* new_mark(unsigned number, size_t behind)
{
    struct mark* mark = malloc(sizeof *mark); // lives as long as the block may
    if (mark == NULL)
        abort();
    *mark = (struct mark){number, behind};
    return mark;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb* block)
{
    (void)id;
    size_t size = qemu_plugin_tb_n_insns(block);
    qemu_plugin_register_vcpu_tb_exec_cb(block, on_block, reads_registers, (void*)(uintptr_t)size);
    for (size_t i = 0; i < size; i++) {
        struct qemu_plugin_insn* instruction = qemu_plugin_tb_get_insn(block, i);
        uint32_t word = 0;
        qemu_plugin_insn_data(instruction, &word, sizeof word);
        unsigned number = (word & ~hint_mask) >> 5;
        if ((word & hint_mask) == hint && number >= first_mark && number <= last_mark)
            qemu_plugin_register_vcpu_insn_exec_cb(
                instruction, on_mark, reads_registers, new_mark(number - first_mark, size - i));
        if (function != 0)
            look_for_calls(instruction, word, size - i);
        if (word == wfi)
            qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_sleep, reads_registers, NULL);
    }
}

static void at_exit(qemu_plugin_id_t id, void* unused)
{
    (void)id;
    (void)unused;
    fclose(out);
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, void const* info, int count, char** arguments)
{
    (void)info;
    for (int i = 0; i < count; i++) {
        if (strncmp(arguments[i], "out=", 4) == 0)
            out = fopen(arguments[i] + 4, "w");
        if (strncmp(arguments[i], "function=", 9) == 0)
            function = strtoull(arguments[i] + 9, NULL, 0);
    }
    if (out == NULL) {
        fprintf(stderr, "count: out=NAME must name a file that can be written\n");
        return 1;
    }
    value = g_byte_array_new();
    qemu_plugin_register_vcpu_init_cb(id, find_register);
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, at_exit, NULL);
    return 0;
}
