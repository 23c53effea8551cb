// SPDX-License-Identifier: MIT
// Weak stand-ins until kernel/files is there: the initramfs is one program.
#include "arch/machine.hpp"
#include "arch/memory.hpp"
#include "kernel/files/file_api.hpp"
#include "kernel/linux/calls.hpp"
#include "kernel/memory/user_access.hpp"
#include "kernel/process/process.hpp"
#include "kernel/random.hpp"
#include "kernel/log.hpp"
#include "kernel/torus.hpp"
#include <cstring>
namespace torc {
static std::span<std::byte const> archive; static Inode* ino; static OpenFile* of; static FsContext fsc;
alignas(16) static char b1[sizeof(Inode)]; alignas(16) static char b2[sizeof(OpenFile)]; alignas(16) static char b3[sizeof(FdTable)*200]; static unsigned ftn;
[[gnu::weak]] Result<FdTable*> FdTable::create(){ return new (b3+sizeof(FdTable)*(ftn++%200)) FdTable; }
[[gnu::weak]] void FdTable::destroy(){} [[gnu::weak]] Result<std::uint64_t> FdTable::copy_step(FdTable&, std::uint64_t){return ~0ull;} [[gnu::weak]] Result<void> FdTable::install_at(OpenFile&,CloseOnExec,unsigned){return{};}
[[gnu::weak]] std::uint64_t close_step(FdTable&, std::uint64_t){return ~0ull;} [[gnu::weak]] std::uint64_t close_on_exec_step(FdTable&, std::uint64_t){return ~0ull;}
[[gnu::weak]] void Random::mix(std::span<std::uint8_t const>){} [[gnu::weak]] std::uint64_t Random::next(){ static std::uint64_t x=88172645463325252ull; x^=x<<13; x^=x>>7; x^=x<<17; return x; }
[[gnu::weak]] void abandon_file_call(Thread&){} [[gnu::weak]] Result<FsContext*> copy_fs_context(FsContext const&){return &fsc;} [[gnu::weak]] Result<FsContext*> create_fs_context(){return &fsc;}
[[gnu::weak]] void futex_clear_child_tid(Thread&){} [[gnu::weak]] Result<OpenFile*> open_kernel(Thread&,char const*,std::uint32_t,std::uint32_t){return unexpected{Status::NotFound};}
[[gnu::weak]] Result<std::size_t> read_kernel(OpenFile&, std::uint64_t off, std::span<std::byte> to){ std::size_t n=archive.size()>off? std::min(to.size(),archive.size()-off):0; std::memcpy(to.data(),archive.data()+off,n); return n;}
[[gnu::weak]] bool reap_step(){return false;} [[gnu::weak]] void release(FsContext&){} [[gnu::weak]] void release(OpenFile&){} [[gnu::weak]] void release(Inode&){} [[gnu::weak]] void retain(Inode&){}
[[gnu::weak]] Result<void> start_files(){ ino=new(b1) Inode; of=new(b2) OpenFile; of->inode=ino; return{}; }
[[gnu::weak]] Result<void> unpack_root_start(std::span<std::byte const> a){archive=a; return {};} [[gnu::weak]] UnpackProgress unpack_root_step(){ return {1,archive.size(),archive.size(),true}; }
[[gnu::weak]] Result<OpenFile*> open_executable(Thread&, char const*){return of;}
static Paddr cache[4096];
[[gnu::weak]] Result<Paddr> inode_page(Inode&, std::uint64_t i, Create){ if(i*4096>=archive.size()) return unexpected{Status::OutOfRange}; if(cache[i]==Paddr{}){ auto f=this_torus().frames.take_cleared(FrameKind::File); cache[i]=*f; std::memcpy(FramePool::pointer(*f), archive.data()+i*4096, std::min<std::size_t>(4096, archive.size()-i*4096)); } return cache[i]; }
[[gnu::weak]] void map_attach(Inode&, Mapping&){} [[gnu::weak]] void map_detach(Inode&,Mapping&){} [[gnu::weak]] Result<Inode*> create_anonymous_inode(std::uint64_t){return unexpected{Status::NoMemory};}
[[gnu::weak]] Result<void> check_mappable(OpenFile const&, std::uint8_t,bool){return{};}
[[gnu::weak]] OpenFile* FdTable::get_far(unsigned) const {return nullptr;}
namespace linux_abi { [[gnu::weak]] Outcome call_write(Thread&, Arguments const& a){ char b[256]; std::size_t n=std::min<std::size_t>(a[2],256); if(!copy_in(b,Uaddr{a[1]},n)) return Status::BadAddress; arch::console_write({b,n}); return (long)n; } 
[[gnu::weak]] Outcome call_reboot(Thread&, Arguments const&){ arch::power_off(); } }
}
extern "C" [[gnu::weak]] char* strrchr(char const* s,int c){ char const* r=nullptr; do if(*s==c) r=s; while(*s++); return (char*)r; }
