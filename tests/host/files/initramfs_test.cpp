// SPDX-License-Identifier: MIT
// The initramfs: every form, several in a row, and damaged ones, of which what came before stays.
#include "kernel/files/file_api.hpp"
#include "tests/host/files/archive.hpp"
#include "tests/host/files/world.hpp"

namespace torc {
namespace {

class InitramfsTest : public FilesTest {
protected:
    InitramfsTest()
        : FilesTest{Place::Root} // an archive is unpacked into the root filesystem
    {
    }
    UnpackProgress unpack(std::string const& archive)
    {
        std::span const bytes{reinterpret_cast<std::byte const*>(archive.data()), archive.size()};
        EXPECT_TRUE(unpack_root_start(bytes));
        UnpackProgress progress;
        do
            progress = unpack_root_step();
        while (!progress.done);
        return progress;
    }
    // A gzip member of stored blocks: inflate's own work is not ours to test.
    static std::string gzip(std::string const& text)
    {
        std::string out{"\x1f\x8b\x08\0\0\0\0\0\0\x03", 10};
        for (std::size_t i = 0; i < text.size() || i == 0; i += 65535) {
            auto const n = static_cast<unsigned>(std::min<std::size_t>(65535, text.size() - i));
            out += static_cast<char>(i + n == text.size());
            for (unsigned v : {n, ~n})
                out += {static_cast<char>(v), static_cast<char>(v >> 8)};
            out += text.substr(i, n);
        }
        for (std::uint32_t v : {crc_of(text), static_cast<std::uint32_t>(text.size())})
            for (int i = 0; i < 4; ++i)
                out += static_cast<char>(v >> 8 * i);
        return out;
    }
    static std::uint32_t crc_of(std::string const& text)
    {
        std::uint32_t crc = ~0u;
        for (unsigned char c : text) {
            crc ^= c;
            for (int i = 0; i < 8; ++i)
                crc = crc >> 1 ^ (crc & 1 ? 0xedb8'8320u : 0);
        }
        return ~crc;
    }
    // A legacy frame whose blocks are all literals.
    static std::string lz4(std::string const& text)
    {
        std::string out{"\x02\x21\x4c\x18", 4};
        std::string block;
        std::size_t left = text.size();
        block += static_cast<char>(left < 15 ? left << 4 : 0xf0);
        if (left >= 15) {
            for (left -= 15; left >= 255; left -= 255)
                block += static_cast<char>(255);
            block += static_cast<char>(left);
        }
        block += text;
        for (int i = 0; i < 4; ++i)
            out += static_cast<char>(block.size() >> 8 * i);
        return out + block;
    }
    static std::string one_file(std::string const& name, std::string const& data)
    {
        return to_newc({name, 0100644, data}) + trailer();
    }
};

TEST_F(InitramfsTest, MakesEveryKind)
{
    std::string const archive = to_newc({"t", 041755}) + to_newc({"./t/d", 040700, "", 0, 2, 5, 6})
        + to_newc({"t/d/f", 0104755, std::string(10'000, 'f'), 1}) + to_newc({"/t/link", 0120777, "d/f"})
        + to_newc({"t/dev", 020640, "", 0, 1, 0, 0, 1, 5, 1}) + to_newc({"t/fifo", 010600})
        + to_newc({"t/empty", 0100644}) + to_newc({"t/missing/parents/f", 0100644, "x"})
        + to_newc({"t/d/a", 0100644, "", 77, 2}) + to_newc({"t/d/b", 0100600, "shared", 77, 2})
        + to_newc({"t/link2", 0120777, "d"}) + to_newc({"t/link2/through", 0100644, "l"}) + trailer();
    UnpackProgress const progress = unpack(archive);
    EXPECT_EQ(progress.files, 12u);
    EXPECT_EQ(progress.consumed, archive.size());
    EXPECT_EQ(me->stat_mode("/t"), 041755);
    EXPECT_EQ(me->stat_mode("d"), 040700);
    EXPECT_EQ(me->stat_mode("d/f"), 0104755);
    EXPECT_EQ(me->contents("link"), std::string(10'000, 'f'));
    EXPECT_EQ(me->stat_mode("dev"), 020640);
    EXPECT_EQ(me->stat_mode("fifo"), 010600);
    EXPECT_EQ(me->contents("empty"), "");
    EXPECT_EQ(me->contents("missing/parents/f"), "x");
    EXPECT_EQ(me->contents("d/a"), "shared");
    EXPECT_EQ(me->links("d/a"), 2u);
    EXPECT_EQ(me->contents("d/through"), "l");
}

TEST_F(InitramfsTest, LaterEntriesReplaceEarlierOnes)
{
    unpack(one_file("t/f", std::string(9000, 'a')) + to_newc({"t/f", 0100600, "b"})
        + to_newc({"t/l", 0120777, "f"}) + to_newc({"t/l", 0100644, "plain"}) + trailer());
    EXPECT_EQ(me->contents("f"), "b");
    EXPECT_EQ(me->stat_mode("f"), 0100600);
    EXPECT_EQ(me->contents("l"), "plain");
}

TEST_F(InitramfsTest, SeveralFormsInARow)
{
    std::string const big(3'000'000, 'z');
    std::string const archive = one_file("t/1", "plain") + std::string(300, '\0') + gzip(one_file("t/2", big))
        + std::string(5, '\0') + lz4(one_file("t/3", big)) + std::string(8, '\0')
        + gzip(one_file("t/4", "again")) + one_file("t/5", "end") + std::string(100, '\0');
    UnpackProgress const progress = unpack(archive);
    EXPECT_EQ(progress.files, 5u);
    EXPECT_EQ(me->contents("1"), "plain");
    EXPECT_EQ(me->contents("2"), big);
    EXPECT_EQ(me->contents("3"), big);
    EXPECT_EQ(me->contents("4"), "again");
    EXPECT_EQ(me->contents("5"), "end");
}

TEST_F(InitramfsTest, DamagedOnesLeaveWhatCameBefore)
{
    std::string const good = to_newc({"t/good", 0100644, "good"});
    std::string const rest = to_newc({"t/bad", 0100644, std::string(50'000, 'b')}) + trailer();
    for (std::size_t cut : {1u, 50u, 109u, 112u, 120u, 5000u, 49'000u}) {
        UnpackProgress const progress = unpack(good + rest.substr(0, cut));
        EXPECT_TRUE(progress.done);
        EXPECT_EQ(me->contents("good"), "good");
        me->unlink("bad");
    }
    std::string broken = rest;
    broken[20] = 'x';
    EXPECT_EQ(unpack(good + broken).files, 1u);
    EXPECT_EQ(unpack(good + "070701zz").files, 1u);
    EXPECT_EQ(unpack("").files, 0u);
    EXPECT_EQ(unpack("garbage").files, 0u);
    EXPECT_EQ(unpack(std::string(1000, '\0')).files, 0u);
    EXPECT_EQ(unpack(std::string("\x28\xb5\x2f\xfd....", 8)).files, 0u);
    std::string zipped = gzip(good + rest);
    zipped.resize(zipped.size() / 2);
    EXPECT_EQ(unpack(zipped).files, 1u);
    EXPECT_EQ(unpack(gzip("not an archive")).files, 0u);
    std::string packed = lz4(good + rest);
    packed.resize(packed.size() - 10);
    EXPECT_EQ(unpack(packed).files, 0u);
    packed = lz4(good + rest);
    packed[8] = '\x1f';
    unpack(packed);
    me->unlink("bad");
}

TEST_F(InitramfsTest, HostileNames)
{
    std::string const archive = to_newc({"../../t/up", 0100644, "x"}) + to_newc({"t/../t/dots", 0100644, "x"})
        + to_newc({"t/" + std::string(300, 'n'), 0100644, "x"}) + to_newc({"t/loop", 0120777, "loop"})
        + to_newc({"t/loop/f", 0100644, "x"}) + to_newc({"t/f/g", 0100644, "x"}) + to_newc({"", 0100644, "x"})
        + to_newc({"t", 0100644, "not a directory"}) + to_newc({"t/last", 0100644, "last"}) + trailer();
    unpack(archive);
    EXPECT_EQ(me->contents("last"), "last");
}

} // namespace
} // namespace torc
