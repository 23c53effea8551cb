// SPDX-License-Identifier: MIT
// The boot command line, as Linux reads it: words between spaces, double quotes keep spaces, `name=value`;
// what follows a lone `--` is for init. Views into the text only.
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

namespace torc::dt {

struct Argument {
    std::string_view name; // the whole word where there is no '='
    std::optional<std::string_view> value;
    std::string_view word; // name and value together; of a word quoted as a whole, without the quotes
};

class Arguments final {
public:
    class iterator {
    public:
        iterator() = default;
        explicit iterator(std::string_view rest)
            : rest_{rest}
        {
            ++*this;
        }
        Argument const& operator*() const { return *current_; }
        Argument const* operator->() const { return &*current_; }
        iterator& operator++();
        std::string_view rest() const { return rest_; } // what follows the current word
        friend bool operator==(iterator const& a, iterator const& b)
        {
            return a.current_.has_value() == b.current_.has_value() && a.rest_.size() == b.rest_.size();
        }

    private:
        std::optional<Argument> current_;
        std::string_view rest_;
    };
    explicit Arguments(std::string_view text)
        : text_{text}
    {
    }
    iterator begin() const { return iterator{text_}; }
    iterator end() const { return {}; }

private:
    std::string_view text_;
};

class CommandLine final {
public:
    explicit CommandLine(std::string_view text);

    std::string_view text() const { return text_; } // as /proc/cmdline shows it
    Arguments kernel() const { return Arguments{kernel_}; }
    Arguments for_init() const { return Arguments{for_init_}; } // what follows ` -- `
    // The value of a kernel argument, the last one if there are several; empty for one without '='.
    std::optional<std::string_view> find(std::string_view name) const;
    // The program to start as init: `rdinit=` (the initramfs is the root), then `init=`; nothing when neither
    // is there.
    std::optional<std::string_view> init_path() const;

private:
    std::string_view text_;
    std::string_view kernel_;
    std::string_view for_init_;
};

} // namespace torc::dt
