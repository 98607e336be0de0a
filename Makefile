# Builds what TypeScript loads: build/nettracer.bpf.o (all programs of bpf/, linked) and
# build/nettracer.node (the addon of native/). `npm start` and `npm test` call it with what they found;
# alone it looks for the tools itself. A folder without sources builds nothing.

ARCH := $(shell uname -m)
TRIPLET := $(ARCH)-linux-gnu
BPF_ARCH_x86_64 := x86
BPF_ARCH_aarch64 := arm64
BPF_ARCH := $(BPF_ARCH_$(ARCH))

CLANG ?= $(firstword $(wildcard /usr/bin/clang-19) $(shell ls /usr/bin/clang-[0-9]* 2>/dev/null | sort -Vr) clang)
BPFTOOL ?= $(firstword $(wildcard /usr/lib/linux-tools/*/bpftool /usr/sbin/bpftool) bpftool)
CXX ?= g++
READELF ?= readelf
# The packages' own folders: the same text in any place that npm installs to.
NAPI_INCLUDES ?= node_modules/node-api-headers/include node_modules/node-addon-api

BPF_SOURCES := $(wildcard bpf/*.bpf.c)
NATIVE_SOURCES := $(wildcard native/*.cc)

# No vmlinux.h: bpf/kernel.h names the fields we read. A header's functions need not all be used.
BPF_FLAGS := -O2 -g -target bpf -mcpu=v3 -D__TARGET_ARCH_$(BPF_ARCH) -I/usr/include/$(TRIPLET) \
	-Wall -Wextra -Wno-unused-parameter -Wno-unused-function

NATIVE_FLAGS := -std=c++20 -fPIC -fvisibility=hidden -g -Wall -Wextra -Wno-missing-field-initializers \
	-DNAPI_VERSION=9 -DNAPI_CPP_EXCEPTIONS -DNODE_ADDON_API_CPP_EXCEPTIONS_ALL -DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS $(addprefix -isystem ,$(NAPI_INCLUDES)) -Ibpf -Inative

# Static, so that a host needs no package: only libc and the C++ runtime stay shared. Newer libelf wants zstd.
LIBRARY_FOLDER := /usr/lib/$(TRIPLET)
NEEDS_ZSTD := $(shell grep -q ZSTD_ $(LIBRARY_FOLDER)/libelf.a 2>/dev/null && echo yes)
NATIVE_LIBRARIES := -l:libbpf.a -l:libelf.a -l:libz.a $(if $(NEEDS_ZSTD),-l:libzstd.a)
# --exclude-libs: libbpf's symbols must not clash with those of another addon in the process.
NATIVE_LINK := -shared -Wl,--exclude-libs,ALL -Wl,--wrap=stderr -Wl,-z,relro,-z,now,-z,text -Wl,--as-needed

BPF_OBJECTS := $(BPF_SOURCES:bpf/%.bpf.c=build/bpf/%.bpf.o)
NATIVE_OBJECTS := $(NATIVE_SOURCES:native/%.cc=build/native/%.o)
ASAN_OBJECTS := $(NATIVE_SOURCES:native/%.cc=build/asan/%.o)
# No vptr check: node has type information of its own for libstdc++'s classes, which it takes for wrong.
ASAN_FLAGS := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-sanitize=vptr

.DELETE_ON_ERROR:
.PHONY: all asan check-needed warnings clean
all: $(if $(BPF_SOURCES),build/nettracer.bpf.o) $(if $(NATIVE_SOURCES),build/nettracer.node)

build/nettracer.bpf.o: $(BPF_OBJECTS) build/bpf/nettracer.h.checked
	$(BPFTOOL) gen object $@ $(BPF_OBJECTS)

build/bpf/%.bpf.o: bpf/%.bpf.c Makefile | build/bpf
	$(CLANG) $(BPF_FLAGS) -MMD -MP -c $< -o $@

# A record has no hidden bytes: padding that the compiler would add is an error.
build/bpf/nettracer.h.checked: bpf/nettracer.h Makefile | build/bpf
	$(CLANG) $(BPF_FLAGS) -Wpadded -Werror -fsyntax-only -x c $<
	touch $@

build/nettracer.node: $(NATIVE_OBJECTS)
	$(CXX) $(NATIVE_LINK) $(NATIVE_OBJECTS) $(NATIVE_LIBRARIES) -o $@.next
	mv $@.next $@

build/native/%.o: native/%.cc Makefile | build/native
	$(CXX) -O2 $(NATIVE_FLAGS) -MMD -MP -c $< -o $@

# For tests: node must be started with LD_PRELOAD set to `$(CXX) -print-file-name=libasan.so`.
asan: $(if $(NATIVE_SOURCES),build/asan/nettracer.node)

build/asan/nettracer.node: $(ASAN_OBJECTS)
	$(CXX) $(ASAN_FLAGS) $(NATIVE_LINK) $(ASAN_OBJECTS) $(NATIVE_LIBRARIES) -o $@

build/asan/%.o: native/%.cc Makefile | build/asan
	$(CXX) $(ASAN_FLAGS) $(NATIVE_FLAGS) -MMD -MP -c $< -o $@

build/bpf build/native build/asan:
	mkdir -p $@

# Warnings are errors here only: a compiler of next year must not break a build on somebody's host.
warnings:
	$(foreach source,$(BPF_SOURCES),$(CLANG) $(BPF_FLAGS) -Werror -fsyntax-only $(source) &&) true
	$(foreach source,$(NATIVE_SOURCES),$(CXX) $(NATIVE_FLAGS) -Werror -fsyntax-only $(source) &&) true

# Fails when the addon would need a library that a host may not have.
ALLOWED_LIBRARIES := libc\.so\.6|libstdc\+\+\.so\.6|libgcc_s\.so\.1|libm\.so\.6|ld-linux-[a-z0-9-]+\.so\.[0-9]+
check-needed: all
	@needed=$$($(READELF) -d build/nettracer.node | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); \
	test -n "$$needed" || { echo "build/nettracer.node: no needed library found" >&2; exit 1; }; \
	extra=$$(echo "$$needed" | grep -vxE '$(ALLOWED_LIBRARIES)'); \
	test -z "$$extra" || { echo "build/nettracer.node needs" $$extra >&2; exit 1; }; \
	echo build/nettracer.node needs $$needed

# Called by `npm run format` and `npm run generate`, which bring the tools.
.PHONY: format generate
format:
	biome check --write --colors=off
	clang-format-19 -i $(wildcard bpf/*.[ch] native/*.cc native/*.h bench/*.cc)

generate:
	$(foreach generator,$(wildcard tools/generate-*.ts),node $(generator) &&) true

clean:
	rm -rf build/bpf build/native build/asan build/nettracer.bpf.o build/nettracer.node

-include $(BPF_OBJECTS:.o=.d) $(NATIVE_OBJECTS:.o=.d) $(ASAN_OBJECTS:.o=.d)
