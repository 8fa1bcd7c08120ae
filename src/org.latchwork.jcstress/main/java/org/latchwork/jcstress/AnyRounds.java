package org.latchwork.jcstress;

import org.latchwork.futex.Futex;
import org.latchwork.futex.FutexWait;

/** Rounds with two words, of which now one, now the other changes. */
public abstract class AnyRounds extends Rounds {
    private final int even = Words.take();
    private final int odd = Words.take();

    @Override
    protected final void await(int round) {
        int changing = changing(round);
        int other = changing == even ? odd : even;
        int seen = Math.max(0, round - 2);
        while (Words.ARRAY.get(changing) != round) {
            Futex.awaitAny(new FutexWait(Words.ARRAY, changing, seen), new FutexWait(Words.ARRAY, other, round - 1));
        }
    }

    @Override
    protected final void wake(int round) {
        int changing = changing(round);
        Words.ARRAY.set(changing, round);
        Words.ARRAY.wakeAll(changing);
    }

    private int changing(int round) {
        return round % 2 == 0 ? even : odd;
    }
}
