#!/bin/sh
# Builds libforescale and installs it for C and C++: ./install.sh --prefix /usr/local
# Lays out include/, lib/, lib/pkgconfig/ and lib/cmake/forescale/. --profile dev builds without optimization.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
prefix=/usr/local
profile=release
while [ $# -gt 0 ]; do
    case $1 in
        --prefix) prefix=$2; shift 2 ;;
        --prefix=*) prefix=${1#--prefix=}; shift ;;
        --profile) profile=$2; shift 2 ;;
        *) echo "usage: $0 [--prefix DIRECTORY] [--profile release|dev]" >&2; exit 2 ;;
    esac
done
mkdir -p "$prefix"
prefix=$(cd "$prefix" && pwd)

cargo build --quiet --manifest-path "$here/Cargo.toml" -p forescale-ffi --profile "$profile"
[ "$profile" = dev ] && folder=debug || folder=$profile
built=${CARGO_TARGET_DIR:-$here/target}/$folder
version=$(sed -n 's/^#define FORESCALE_VERSION "\(.*\)"$/\1/p' "$here/include/forescale.h")
abi=$(sed -n 's/^#define FORESCALE_ABI_VERSION \([0-9]*\)$/\1/p' "$here/include/forescale.h")
libraries="-lm -lpthread -ldl"

mkdir -p "$prefix/include" "$prefix/lib/pkgconfig" "$prefix/lib/cmake/forescale"
cp -R "$here/include/." "$prefix/include/"
cp "$built/libforescale.a" "$prefix/lib/"
cp "$built/libforescale.so" "$prefix/lib/libforescale.so.$version"
ln -sf "libforescale.so.$version" "$prefix/lib/libforescale.so.$abi"
ln -sf "libforescale.so.$abi" "$prefix/lib/libforescale.so"

cat > "$prefix/lib/pkgconfig/forescale.pc" <<END
prefix=$prefix

Name: forescale
Description: Decides how much capacity to run, before the load arrives
Version: $version
Cflags: -I\${prefix}/include
Libs: -L\${prefix}/lib -lforescale
Libs.private: $libraries
END

cat > "$prefix/lib/cmake/forescale/forescaleConfig.cmake" <<END
# forescale::forescale is the shared library, forescale::static the static one.
get_filename_component(forescale_prefix "\${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
if(NOT TARGET forescale::forescale)
  add_library(forescale::forescale SHARED IMPORTED)
  set_target_properties(forescale::forescale PROPERTIES
    IMPORTED_LOCATION "\${forescale_prefix}/lib/libforescale.so"
    IMPORTED_SONAME "libforescale.so.$abi"
    INTERFACE_INCLUDE_DIRECTORIES "\${forescale_prefix}/include")
  add_library(forescale::static STATIC IMPORTED)
  set_target_properties(forescale::static PROPERTIES
    IMPORTED_LOCATION "\${forescale_prefix}/lib/libforescale.a"
    INTERFACE_INCLUDE_DIRECTORIES "\${forescale_prefix}/include"
    INTERFACE_LINK_LIBRARIES "m;pthread;dl")
endif()
END

cat > "$prefix/lib/cmake/forescale/forescaleConfigVersion.cmake" <<END
set(PACKAGE_VERSION "$version")
if(PACKAGE_VERSION VERSION_LESS PACKAGE_FIND_VERSION)
  set(PACKAGE_VERSION_COMPATIBLE FALSE)
else()
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
  if(PACKAGE_VERSION VERSION_EQUAL PACKAGE_FIND_VERSION)
    set(PACKAGE_VERSION_EXACT TRUE)
  endif()
endif()
END
echo "forescale $version is installed in $prefix"
