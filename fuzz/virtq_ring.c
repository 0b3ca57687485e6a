/* SPDX-License-Identifier: MIT */
/*
 * guarantees: B1 B5 B6
 *
 * Any bytes as rings, mailbox and pools of a guest, while the host receives,
 * sends, asks for a checkpoint and saves the rings. The first bytes choose the
 * actions, the rest is memory: B5: no byte outside the window changes (nor is
 * read: it is poisoned). B6: cursors stay in their rings, and what is open fits
 * the memory. B1: what is received lies in the host's own copy; rings that are
 * saved are canonical, so that saving them again, loaded, gives the same.
 *
 * max_len: 200
 */
#include <sanitizer/asan_interface.h>

#include "layout.h"
#include "wire_fuzz.h"

#define INPUT   0x3000
#define OUTPUT  0x2000
#define SCRATCH 0x8000
#define ACTIONS 12
#define GUARD   4096
#define GVA     (HL_SCRATCH_GVA_END - SCRATCH)

static uint8_t room[SCRATCH + 2 * GUARD] __attribute__((aligned(4096)));
static uint8_t *const scratch = room + GUARD;
static char text[INPUT + OUTPUT]; /* that replies are made of */
static struct hl_channel channel;
static struct hl_layout layout;
static const struct hl_transport_ops *const ops = &hl_transport_virtq;

static void channel_open(void)
{
    layout = (struct hl_layout){.input_size = INPUT,
                                .output_size = OUTPUT,
                                .scratch_size = SCRATCH,
                                .scratch_gva = GVA,
                                .transport = ops};
    ops->plan(&layout);
    FUZZ_CHECK(ops->open(&channel, &layout, scratch, NULL) == HL_OK);
    memset(text, 'r', sizeof(text));
    ASAN_POISON_MEMORY_REGION(room, GUARD);
    ASAN_POISON_MEMORY_REGION(scratch + SCRATCH, GUARD);
}

/* A fresh guest's memory, with the input's patches over it: each a place in
 * the rings, headers or anywhere, and eight bytes of what is put there. */
static void memory_fill(const uint8_t *data, size_t size)
{
    const struct hl_virtq_layout *virtq = &layout.virtq;

    memset(scratch, 0, SCRATCH);
    for (uint32_t i = 0; i < virtq->slots; i++) {
        const struct hl_abi_vq_desc desc = {
            GVA + virtq->h2g_pool + i * virtq->h2g_buffer,
            (uint32_t)virtq->h2g_buffer, (uint16_t)i,
            HL_VQ_AVAIL | HL_VQ_WRITE};

        memcpy(scratch + virtq->h2g_ring + i * sizeof(desc), &desc,
               sizeof(desc));
    }
    for (; size >= 11; data += 11, size -= 11) {
        uint32_t at = data[0] | (uint32_t)data[1] << 8;
        uint64_t word;

        memcpy(&word, data + 3, sizeof(word));
        if (data[2] & 1) /* an address, as an offset from the window */
            word = GVA + (word & 0xFFFF);
        at = data[2] & 2   ? (uint32_t)virtq->h2g_ring + at % 64
             : data[2] & 4 ? (uint32_t)virtq->g2h_pool + at % 128
             : data[2] & 8 ? at % 128
                           : at % (SCRATCH - 8);
        memcpy(scratch + at, &word, sizeof(word));
    }
}

static void queue_check(const struct hl_virtq *queue)
{
    FUZZ_CHECK(queue->avail.index < queue->size);
    FUZZ_CHECK(queue->used.index < queue->size);
    FUZZ_CHECK(queue->window.host == scratch && queue->window.gva == GVA &&
               queue->window.size == SCRATCH);
}

static void receive(void)
{
    struct hl_message message = {0};
    bool empty = false;

    if (ops->receive(&channel, &message, &empty, NULL) != HL_OK)
        return;
    FUZZ_CHECK(!empty);
    FUZZ_CHECK(message.data == channel.copy + sizeof(struct hl_abi_vq_header));
    FUZZ_CHECK(message.size <= OUTPUT - sizeof(struct hl_abi_vq_header));
    FUZZ_CHECK(message.kind != HL_MESSAGE_CALL || channel.virtq.request_open);
}

static void reply(uint8_t how)
{
    const uint32_t written = channel.virtq.request.writable_len > UINT32_MAX
                                 ? UINT32_MAX
                                 : (uint32_t)channel.virtq.request.writable_len;
    const struct hl_wire_result result = {
        .value = {.type = how & 1 ? HL_TYPE_BYTES : HL_TYPE_STRING,
                  .as.string = {text, (size_t)how * 64}}};
    size_t size = 0;

    if (!channel.virtq.request_open)
        return;
    if (ops->send_reply(&channel, &result, &size, NULL) == HL_OK)
        FUZZ_CHECK(size + sizeof(struct hl_abi_vq_header) <= written);
}

static void call(uint8_t how)
{
    static const uint8_t bytes[INPUT];
    const struct hl_wire_call wire = {
        .name = {"f", 1},
        .kind = HL_WIRE_CALL_GUEST,
        .returns = HL_TYPE_INT,
        .count = 1,
        .args = {
            {.type = HL_TYPE_BYTES, .as.bytes = {bytes, (size_t)how * 48}}}};
    size_t size;

    (void)ops->send_call(&channel, &wire, &size, NULL);
}

static void save(void)
{
    const uint64_t size = ops->state_size(&channel);
    uint8_t *first = malloc(size), *second = malloc(size);

    if (ops->state_save(&channel, first, NULL) == HL_OK) {
        ops->state_load(&channel, first);
        FUZZ_CHECK(ops->state_save(&channel, second, NULL) == HL_OK);
        FUZZ_CHECK(memcmp(first, second, size) == 0);
        /* Canonical: a request for a checkpoint is wanted or finds no room. */
        FUZZ_CHECK(ops->checkpoint_begin(&channel, NULL) != HL_FAIL_PROTOCOL);
    }
    free(first);
    free(second);
}

static void act(uint8_t action)
{
    switch (action & 7) {
    case 0:
    case 1:
        receive();
        break;
    case 2:
        reply(action >> 3);
        break;
    case 3:
        reply((uint8_t)(action | 0xE0));
        break;
    case 4:
        call(action);
        break;
    case 5:
        (void)ops->finish(&channel, NULL);
        break;
    case 6:
        save();
        break;
    default:
        if (action & 8)
            (void)ops->checkpoint_begin(&channel, NULL);
        else
            (void)ops->checkpoint_end(&channel, NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (channel.ops == NULL)
        channel_open();
    if (size < ACTIONS)
        return 0;
    ops->reset(&channel);
    memory_fill(data + ACTIONS, size - ACTIONS);
    for (int i = 0; i < ACTIONS; i++) {
        act(data[i]);
        queue_check(&channel.virtq.g2h);
        queue_check(&channel.virtq.h2g);
    }
    return 0;
}
