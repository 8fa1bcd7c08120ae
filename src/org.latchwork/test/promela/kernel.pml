/*
 * What the kernel does for every model: futex queues, death, and the lock on a participant's byte.
 *
 * A step of a participant is one access to shared memory or one system call. Between any two steps it may be killed: the body of each
 * thread stands in { ... } unless { killed[me] }, and the escape goes before every step. Killing is one step, since nothing that a dying
 * process does on its way can be seen, but that it leaves the queues and that its bytes are let go, after its last instruction.
 *
 * A participant has one thread that works and one, its sentinel, that recovers the dead. They die together.
 *
 * Bounds: PARTICIPANTS, DEATHS (in all), ROUNDS (per participant), TIMEOUTS (waits that end without a wake, in all).
 */
#ifndef PARTICIPANTS
#define PARTICIPANTS 2
#endif
#ifndef DEATHS
#define DEATHS 1
#endif
#ifndef ROUNDS
#define ROUNDS 1
#endif
#ifndef TIMEOUTS
#define TIMEOUTS 1
#endif

#define ALL PARTICIPANTS /* FUTEX_WAKE's INT_MAX */

chan queue[WORDS] = [PARTICIPANTS] of { byte }; /* who sleeps on which word, first come first served */
byte waitsOn[PARTICIPANTS];                     /* the word that it sleeps on + 1; 0: awake */
byte timeouts;
byte deaths;
bool killed[PARTICIPANTS];
bool done[PARTICIPANTS];   /* the working thread has come to its end */
bool busy[PARTICIPANTS];   /* the sentinel is at work */

hidden byte k_count;
hidden byte k_who;

/*
 * FUTEX_WAIT, first half: comparing and queueing is one step, under the lock of the kernel's queue. ok: it sleeps now; else EAGAIN. The second
 * half is one of AWAKE (woken) and MAY_STOP (a deadline, an interrupt, or no reason at all), with stopWaiting.
 */
inline futexQueue(w, word, expected) {
    ok = (word == (expected));
    if
    :: ok -> queue[w]!me; waitsOn[me] = (w) + 1
    :: else
    fi
}

#define AWAKE (waitsOn[me] == 0)
#define MAY_STOP (waitsOn[me] != 0 && timeouts < TIMEOUTS)

inline stopWaiting() {
    queue[waitsOn[me] - 1]??eval(me);
    waitsOn[me] = 0
}

/* FUTEX_WAKE */
inline futexWake(w, n) {
    d_step {
        k_count = 0;
        do
        :: k_count < (n) && len(queue[w]) > 0 -> queue[w]?k_who; waitsOn[k_who] = 0; k_count++
        :: else -> break
        od;
        k_count = 0; k_who = 0
    }
}

/* FUTEX_CMP_REQUEUE with nothing to wake; ok: the word was as expected */
inline futexRequeue(w, word, expected, n, target) {
    d_step {
        if
        :: word == (expected) ->
            k_count = 0;
            do
            :: k_count < (n) && len(queue[w]) > 0 ->
                queue[w]?k_who; queue[target]!k_who; waitsOn[k_who] = (target) + 1; k_count++
            :: else -> break
            od;
            ok = true
        :: else -> ok = false
        fi;
        k_count = 0; k_who = 0
    }
}

/* --- participants' slots (participant.state) and bytes --- */

#define SLOT_FREE 0
#define SLOT_LIVE 1
#define SLOT_RECOVERING 2

byte slotState[PARTICIPANTS];
byte byteOf[PARTICIPANTS]; /* who holds the lock on the slot's byte + 1; 0: nobody */

/* SIGKILL, and all that the kernel does about it. */
inline kill(victim) {
    d_step {
        killed[victim] = true;
        if
        :: waitsOn[victim] != 0 -> queue[waitsOn[victim] - 1]??eval(victim); waitsOn[victim] = 0
        :: else
        fi;
        k_who = 0;
        do
        :: k_who < PARTICIPANTS ->
            if
            :: byteOf[k_who] == victim + 1 -> byteOf[k_who] = 0
            :: else
            fi;
            k_who++
        :: else -> break
        od;
        k_who = 0;
        deaths++ /* last: victim may be made of it */
    }
}

#define MAY_DIE(i) (!killed[i] && (!done[i] || busy[i]))

/*
 * Kills when it likes. Participants are alike until they choose, so the first to die is 0 and the second 1 without loss of generality. Who has
 * left and recovers nobody is no longer of interest. It may give up, and so may the clock: in the eyes of the verifier a sleeper that could
 * still be killed or time out is not stuck.
 */
active proctype Killer() {
end:
    do
    :: atomic { deaths < DEATHS && MAY_DIE(deaths) -> kill(deaths) }
    :: deaths < DEATHS -> deaths = DEATHS
    :: timeouts < TIMEOUTS -> timeouts = TIMEOUTS
    od
}
