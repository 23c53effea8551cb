# SPDX-License-Identifier: MIT
"""Names as a backtrace shows them."""
import importlib.util
import pathlib

spec = importlib.util.spec_from_file_location("tool_symbols", pathlib.Path("tools/symbols.py"))
tool = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tool)


def test_names_are_shortened():
    expected = {
        "torc::Space::map(torc::Address<torc::KernelTag>, torc::Mapping const&)": "Space::map",
        "torc::(anonymous namespace)::helper(int) const": "helper",
        "std::expected<int, torc::Status> torc::Foo::make<int>(int)": "Foo::make",
        "torc::Foo::operator()(int) const": "Foo::operator()",
        "torc::Foo::operator<(torc::Foo const&) const": "Foo::operator<",
        "torc::Foo::operator[](int)": "Foo::operator[]",
        "memcpy": "memcpy",
    }
    for name, short in expected.items():
        assert tool.shorten(name) == short, f"{name} became {tool.shorten(name)}"
