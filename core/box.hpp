// Box: a value on the heap that is copied as a value, and may be given back before its owner ends.
#pragma once

#include <memory>
#include <utility>

namespace halfspread {

template <class Value>
class Box {
public:
    template <class... Args>
    explicit Box(std::in_place_t, Args&&... args)
        : held_(std::make_unique<Value>(std::forward<Args>(args)...)) {}
    Box(const Box& other)
        : held_(other.held_ == nullptr ? nullptr : std::make_unique<Value>(*other.held_)) {}
    Box(Box&&) noexcept = default;
    Box& operator=(const Box&) = delete;
    Box& operator=(Box&&) noexcept = default;
    ~Box() = default;

    bool is_full() const { return held_ != nullptr; }
    // Of a full one.
    Value& operator*() { return *held_; }
    const Value& operator*() const { return *held_; }
    Value* operator->() { return held_.get(); }
    const Value* operator->() const { return held_.get(); }
    void give_back() { held_.reset(); }

private:
    std::unique_ptr<Value> held_;
};

}  // namespace halfspread
