/* SPDX-License-Identifier: MIT */
/* A guest's side of both transports in C; see guest.h. */
#include "bare_image.h"
#include "check.h"
#include "support/guest.h"

void fuzz_guest_reset(struct fuzz_guest_state *guest, bool virtq,
                      uint64_t input_size, uint64_t output_size)
{
    const struct hl_vmm_slot *scratch =
        &fuzz_machine.slots[HL_VMM_SLOT_SCRATCH];

    *guest = (struct fuzz_guest_state){
        .virtq = virtq,
        .scratch = scratch->host,
        .scratch_size = scratch->size,
        .input_size = input_size,
        .output_size = output_size,
        .sp = HL_STACK_EMPTY,
    };
    virtq_layout_compute(&guest->layout, input_size, output_size);
}

static uint64_t scratch_gva(const struct fuzz_guest_state *guest)
{
    return HL_SCRATCH_GVA_END - guest->scratch_size;
}

static void desc_put(const struct fuzz_guest_state *guest, uint64_t ring,
                     uint32_t size, uint32_t position,
                     struct hl_abi_vq_desc desc)
{
    desc.addr += scratch_gva(guest);
    desc.flags |= position / size % 2 == 0 ? HL_VQ_AVAIL : HL_VQ_USED;
    memcpy(guest->scratch + ring + position % size * sizeof(desc), &desc,
           sizeof(desc));
}

static void slot_post(const struct fuzz_guest_state *guest, uint32_t position)
{
    const struct hl_virtq_layout *layout = &guest->layout;
    const uint32_t slot = position % layout->slots;
    const struct hl_abi_vq_desc desc = {
        layout->h2g_pool + slot * layout->h2g_buffer,
        (uint32_t)layout->h2g_buffer, (uint16_t)slot, HL_VQ_WRITE};

    desc_put(guest, layout->h2g_ring, layout->h2g_size, position, desc);
}

void fuzz_guest_checkpoint(struct fuzz_guest_state *guest)
{
    const struct hl_virtq_layout *layout = &guest->layout;
    const uint64_t done = HL_VQ_CHECKPOINT_DONE;

    memset(guest->scratch, 0, layout->mailbox);
    for (uint32_t i = 0; i < layout->slots; i++)
        slot_post(guest, i);
    memcpy(guest->scratch + layout->mailbox, &done, sizeof(done));
    guest->g2h = 0;
    guest->h2g = 0;
}

void fuzz_guest_enter(struct fuzz_guest_state *guest)
{
    guest->sp = HL_STACK_EMPTY;
    if (guest->virtq)
        slot_post(guest, guest->h2g++ + guest->layout.slots);
}

static void stack_send(struct fuzz_guest_state *guest, const void *payload,
                       size_t size)
{
    uint8_t *output = guest->scratch + guest->input_size;
    const uint64_t sp = guest->sp;
    uint64_t end;

    if (size > guest->output_size - sp - HL_STACK_OVERHEAD)
        return;
    end = sp + size + HL_STACK_OVERHEAD;
    memcpy(output + sp, payload, size);
    memcpy(output + sp + size, &sp, sizeof(sp));
    memcpy(output, &end, sizeof(end));
}

/* Messages take turns in the pages of the pool; a reply goes to the second
 * half of the message's page. */
static void virtq_put(struct fuzz_guest_state *guest, uint8_t kind, uint32_t id,
                      const void *payload, size_t size)
{
    const struct hl_virtq_layout *layout = &guest->layout;
    const struct hl_abi_vq_header header = {kind, {0}, id, (uint32_t)size};
    const uint64_t page =
        layout->g2h_pool + guest->g2h % layout->g2h_pages * layout->g2h_buffer;
    const uint32_t half = (uint32_t)layout->g2h_buffer / 2;
    struct hl_abi_vq_desc desc = {page, (uint32_t)(sizeof(header) + size),
                                  (uint16_t)(guest->g2h % layout->g2h_size), 0};

    if (size > half - sizeof(header))
        return;
    memcpy(guest->scratch + page, &header, sizeof(header));
    memcpy(guest->scratch + page + sizeof(header), payload, size);
    if (kind == HL_VQ_REQUEST) {
        const struct hl_abi_vq_desc reply = {page + half, half, desc.id,
                                             HL_VQ_WRITE};

        desc.flags = HL_VQ_NEXT;
        desc_put(guest, 0, layout->g2h_size, guest->g2h + 1, reply);
    }
    desc_put(guest, 0, layout->g2h_size, guest->g2h, desc);
    guest->g2h += kind == HL_VQ_REQUEST ? 2 : 1;
}

/* The id of the call that is being answered, from its header. */
static uint32_t call_id(const struct fuzz_guest_state *guest)
{
    const struct hl_virtq_layout *layout = &guest->layout;
    const uint32_t slot = (guest->h2g - 1) % layout->slots;
    struct hl_abi_vq_header header;

    memcpy(&header,
           guest->scratch + layout->h2g_pool + slot * layout->h2g_buffer,
           sizeof(header));
    return header.id;
}

void fuzz_guest_send(struct fuzz_guest_state *guest, enum hl_message_kind kind,
                     const void *payload, size_t size, struct hl_vmm_exit *exit)
{
    static const uint16_t ports[] = {[HL_MESSAGE_CALL] = HL_PORT_CALL,
                                     [HL_MESSAGE_RESULT] = HL_PORT_HALT,
                                     [HL_MESSAGE_LOG] = HL_PORT_LOG};
    static const uint8_t kinds[] = {[HL_MESSAGE_CALL] = HL_VQ_REQUEST,
                                    [HL_MESSAGE_RESULT] = HL_VQ_RESPONSE,
                                    [HL_MESSAGE_LOG] = HL_VQ_LOG};
    uint16_t port = ports[kind];

    if (!guest->virtq) {
        stack_send(guest, payload, size);
    } else {
        virtq_put(guest, kinds[kind],
                  kind == HL_MESSAGE_RESULT ? call_id(guest)
                                            : kind == HL_MESSAGE_CALL,
                  payload, size);
        if (kind != HL_MESSAGE_RESULT)
            port = HL_PORT_NOTIFY;
    }
    fuzz_exit_out(exit, port, 0);
}

const hl_image *fuzz_guest_image(void)
{
    static hl_image *image;
    uint8_t bytes[HL_PAGE_SIZE];

    if (image != NULL)
        return image;
    bare_image_make(bytes);
    FUZZ_CHECK(hl_image_from_memory(&image, "fuzz", bytes, sizeof(bytes),
                                    NULL) == HL_OK);
    return image;
}
