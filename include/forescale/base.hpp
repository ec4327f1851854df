// What all rooms of the C++ face stand on: errors, arrays in, answers out, handles.

#ifndef FORESCALE_BASE_HPP
#define FORESCALE_BASE_HPP

#include "../forescale.h"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace forescale {

// Why a call failed: what() names the argument and the value, code() is one of FORESCALE_ERROR_....
class Error : public std::runtime_error {
public:
    Error(forescale_status code, const char *message) : std::runtime_error(message), code_(code) {}
    forescale_status code() const noexcept { return code_; }

private:
    forescale_status code_;
};

// Numbers that are lent for the time of a call.
class Numbers {
public:
    Numbers(const double *data, std::size_t size) noexcept : data_(data), size_(size) {}
    template <typename Container,
              typename = std::enable_if_t<std::is_same_v<
                  std::remove_cv_t<std::remove_pointer_t<decltype(std::data(std::declval<const Container &>()))>>, double>>>
    Numbers(const Container &values) noexcept : data_(std::data(values)), size_(std::size(values)) {}
    const double *data() const noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }

private:
    const double *data_;
    std::size_t size_;
};

// A table that is lent for the time of a call: row after row.
class Rows {
public:
    Rows(const double *data, std::size_t rows, std::size_t columns) noexcept
        : data_(data), rows_(rows), columns_(columns) {}
    Rows(Numbers values, std::size_t columns)
        : data_(values.data()), rows_(columns == 0 ? 0 : values.size() / columns), columns_(columns) {
        if (columns == 0 || rows_ * columns != values.size())
            throw Error(FORESCALE_ERROR_DATA, "the values do not fill whole rows");
    }
    const double *data() const noexcept { return data_; }
    std::size_t rows() const noexcept { return rows_; }
    std::size_t columns() const noexcept { return columns_; }

private:
    const double *data_;
    std::size_t rows_, columns_;
};

namespace detail {

// What a callback of the user threw during the call on this thread.
inline std::exception_ptr &thrown() noexcept {
    thread_local std::exception_ptr held;
    return held;
}

// Runs a function of the C interface and turns its failure into an exception: that of the user's own code, if it threw one.
template <typename Call>
void run(Call &&call) {
    forescale_error error;
    thrown() = nullptr;
    if (forescale_status status = call(&error); status != FORESCALE_OK) {
        if (std::exception_ptr own = std::exchange(thrown(), nullptr)) std::rethrow_exception(own);
        throw Error(status, error.message);
    }
}

// Asks for the length of an answer, makes room, and fetches it.
template <typename Element, typename Call>
std::vector<Element> fetch(Call &&call) {
    std::size_t length = 0;
    run([&](forescale_error *error) { return call(static_cast<Element *>(nullptr), std::size_t{0}, &length, error); });
    std::vector<Element> values(length);
    if (length > 0) run([&](forescale_error *error) { return call(values.data(), values.size(), &length, error); });
    return values;
}

// As fetch, for a text.
template <typename Call>
std::string fetch_text(Call &&call) {
    std::size_t length = 0;
    run([&](forescale_error *error) { return call(static_cast<char *>(nullptr), std::size_t{0}, &length, error); });
    std::string text(length + 1, '\0');
    run([&](forescale_error *error) { return call(text.data(), text.size(), &length, error); });
    text.resize(length);
    return text;
}

// Owns an object of the C interface.
template <typename Object, void (*Destroy)(Object *)>
class Handle {
public:
    template <typename Create, typename = std::enable_if_t<!std::is_same_v<std::decay_t<Create>, Handle>>>
    explicit Handle(Create &&create) {
        Object *made = nullptr;
        run([&](forescale_error *error) { return create(&made, error); });
        object_.reset(made);
    }
    Object *get() noexcept { return object_.get(); }
    const Object *get() const noexcept { return object_.get(); }

private:
    struct Destroyer {
        void operator()(Object *object) const noexcept { Destroy(object); }
    };
    std::unique_ptr<Object, Destroyer> object_;
};

}  // namespace detail

inline const char *version() noexcept { return forescale_version(); }
inline std::uint32_t abi_version() noexcept { return forescale_abi_version(); }

}  // namespace forescale

#endif  // FORESCALE_BASE_HPP
