// SPDX-License-Identifier: MIT
// Types at a line discipline and looks at what comes of it.
#pragma once
#include "kernel/terminal/line_discipline.hpp"
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace torc::test {

class Typist {
public:
    explicit Typist(TerminalSettings const& settings = {}) { discipline.change_settings(settings); }

    // What the screen gets for it.
    std::string type(std::string_view text)
    {
        for (char const c : text)
            if (TypedSignal const signal = discipline.receive(static_cast<std::uint8_t>(c));
                signal != TypedSignal::None)
                signals.push_back("-^\\Z"[static_cast<unsigned>(signal)]);
        return sent();
    }
    // What a program's writing becomes.
    std::string write(std::string_view text)
    {
        for (char const c : text)
            if (!discipline.output.put(discipline.settings(), static_cast<std::uint8_t>(c)))
                return sent() + "<full>";
        return sent();
    }
    std::string sent()
    {
        std::string text;
        OutputQueue& queue = discipline.output.queue;
        while (!queue.empty()) {
            auto const piece = queue.front();
            text.append(piece.data(), piece.size());
            queue.consume(piece.size());
        }
        return text;
    }
    // One read; "<wait>" where it would block.
    std::string read(std::size_t wanted = 8192)
    {
        if (!discipline.settings().canonical())
            return discipline.input.size() == 0 ? "<wait>" : take(std::min(wanted, discipline.input.size()));
        InputQueue::Line const line = discipline.input.first_line(wanted);
        if (line.consumed == 0)
            return "<wait>";
        std::string text = take(line.bytes);
        discipline.input.consume(line.consumed - line.bytes);
        return text;
    }
    std::vector<std::string> reads(std::size_t wanted = 8192)
    {
        std::vector<std::string> all;
        while (all.empty() || all.back() != "<wait>")
            all.push_back(read(wanted));
        all.pop_back();
        return all;
    }

    std::unique_ptr<LineDiscipline> const owned{std::make_unique<LineDiscipline>()};
    LineDiscipline& discipline{*owned};
    std::string signals; // ^ interrupt, \ quit, Z suspend

private:
    std::string take(std::size_t count)
    {
        std::string text;
        while (text.size() < count) {
            auto const piece = discipline.input.front(count - text.size());
            text.append(piece.data(), piece.size());
            discipline.input.consume(piece.size());
        }
        return text;
    }
};

inline TerminalSettings with(std::uint32_t TerminalSettings::* member, std::uint32_t set, std::uint32_t clear,
    TerminalSettings settings = {})
{
    settings.*member = ((settings.*member) & ~clear) | set;
    return settings;
}

} // namespace torc::test
