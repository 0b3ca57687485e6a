# SPDX-License-Identifier: MIT
# libhlhost: host-harness/src and the wire codec, static and shared.

HOST_SRC := $(wildcard host-harness/src/*.c) $(wildcard sdk/lib/wire/*.c)
HOST_OBJ := $(HOST_SRC:%.c=$(BUILD)/obj/host/%.o)
HOST_LIBS := -ldl -lpthread -lrt
LIBHLHOST := $(BUILD)/lib/libhlhost.a
LIBHLHOST_SO := $(BUILD)/lib/libhlhost.so

ALL += $(LIBHLHOST) $(LIBHLHOST_SO)

$(BUILD)/obj/host/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<) $(CC_HOST) $(HOST_CFLAGS) -fPIC -fvisibility=hidden -c -o $@ $<

# One object, so that only the public names (default visibility) are global.
$(BUILD)/obj/libhlhost.o: $(HOST_OBJ)
	@mkdir -p $(@D)
	$(Q)ld -r -o $@ $^ && objcopy --localize-hidden $@

$(LIBHLHOST): $(BUILD)/obj/libhlhost.o
	@mkdir -p $(@D)
	$(call say,AR,$@) rm -f $@ && $(AR_HOST) rcs $@ $^

$(LIBHLHOST_SO): $(HOST_OBJ)
	@mkdir -p $(@D)
	$(call say,LD,$@) $(CC_HOST) -shared -Wl,-soname,libhlhost.so.0 -Wl,-z,defs -o $@ $^ $(HOST_LIBS)
	$(Q)ln -sf $(@F) $@.0

-include $(HOST_OBJ:.o=.d)

# The emulator's library beside ours, where libhlhost looks for it; absent
# when it could not be downloaded (then only KVM works).
UNICORN := $(BUILD)/lib/hlkit/libunicorn.so.2

$(UNICORN): | unicorn
	@mkdir -p $(@D)
	$(Q)if [ -f $(CACHE)/unicorn/lib/libunicorn.so.2 ]; then \
		cp $(CACHE)/unicorn/lib/libunicorn.so.2 $@; fi

ALL += $(UNICORN)
