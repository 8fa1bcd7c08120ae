/*
 * A participant's sentinel: recovers dead slots, and may be killed at it, between any two steps. The model that includes it defines
 * recover(s): what is to be done in its objects for the slot s.
 *
 * It runs only while its participant's thread sleeps: nobody else may be relied on. The lock on the slot's byte is the proof of death. It is
 * tried without waiting, and the state is read again under it, since another recoverer may have been faster.
 */

#define DEAD(s) (waitsOn[me] != 0 && s != me && slotState[s] != SLOT_FREE && byteOf[s] == 0)

/* F_OFD_SETLK on the byte of slot i */
#define LOCK_BYTE(i) s = i; byteOf[i] = me + 1; busy[me] = true

proctype Sentinel(byte me) {
    byte s;
    byte seen;
    byte ok;
    {
end:
        do
        :: atomic {
                if
                :: DEAD(0) -> LOCK_BYTE(0)
                :: DEAD(1) -> LOCK_BYTE(1)
                fi;
                assert(killed[s]); /* nothing is taken from a live one */
                slotState[s] = SLOT_RECOVERING
            }
            recover(s);
            slotState[s] = SLOT_FREE;
            atomic { byteOf[s] = 0; s = 0; seen = 0; ok = 0; busy[me] = false }
        od
    } unless { atomic { killed[me] -> s = 0; seen = 0; ok = 0 } } /* who is dead has no state */
}

inline leave() {
    slotState[me] = SLOT_FREE; byteOf[me] = 0; done[me] = true
}

inline attach(i) {
    slotState[i] = SLOT_LIVE; byteOf[i] = i + 1; run Participant(i); run Sentinel(i)
}

inline start() {
    atomic {
        attach(0);
        attach(1);
#if PARTICIPANTS > 2
        attach(2);
#endif
#if PARTICIPANTS > 3
        attach(3)
#endif
    }
}
