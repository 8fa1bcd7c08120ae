package org.latchwork.wait.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A cancel word for each request that is going on, and the request that has it. The numbers of the words are what the kernel hands back.
 * Words are used again, so that a hint can reach the wrong request: it is a hint. Only the thread of the engine takes and gives back;
 * everybody may ask for a word.
 */
final class Slots {
    /** 16 KB: four pages. */
    private static final int CHUNK = 4096;

    private Request[] requests = new Request[0];
    private int[] free = new int[0];
    private int freeCount;
    private int used;
    /** Replaced, never changed, when it grows: others read it. */
    private volatile MemorySegment[] chunks = {};

    /** {@return a slot for this request, whose cancel word is clear} */
    int take(Request request) {
        int slot = freeCount > 0 ? free[--freeCount] : unused();
        requests[slot] = request;
        cancelWord(slot).clear();
        return slot;
    }

    private int unused() {
        if (used == requests.length) {
            MemorySegment[] more = Arrays.copyOf(chunks, chunks.length + 1);
            more[chunks.length] = Arena.ofAuto().allocate((long) CHUNK * Integer.BYTES, 64);
            chunks = more;
            requests = Arrays.copyOf(requests, used + CHUNK);
            free = Arrays.copyOf(free, used + CHUNK);
        }
        return used++;
    }

    void giveBack(int slot) {
        requests[slot] = null;
        free[freeCount++] = slot;
    }

    /** {@return who has a slot} */
    Request request(int slot) {
        return requests[slot];
    }

    /** {@return how many slots there have been at most: none beyond this number is taken} */
    int limit() {
        return used;
    }

    /** {@return how many are taken} */
    int taken() {
        return used - freeCount;
    }

    CancelWord cancelWord(int slot) {
        return new CancelWord(chunks[slot / CHUNK], (long) (slot % CHUNK) * Integer.BYTES);
    }
}
