package org.latchwork.lock;

import org.latchwork.region.FaultPoint;
import org.latchwork.region.Region;
import org.latchwork.region.RegionObject;
import org.latchwork.region.abi.Layout;
import org.latchwork.wait.Deadline;
import org.latchwork.wait.WaitPolicy;

/** A lock word on which nobody sleeps: whoever finds it free takes it, the others spin. */
final class SpinWord extends LockWord {
    SpinWord(Region region, RegionObject object) {
        super(region, object, object.line(), WaitPolicy.spin());
    }

    @Override
    Result acquire(int mine, Deadline deadline, boolean interruptible, boolean repairs, boolean hasSlept) {
        try (Backoff backoff = backoff(deadline, interruptible)) {
            while (true) {
                int seen = get(); // a look is cheap while nobody changes the word; a compare-and-exchange never is
                if (isFree(seen) || seen == Layout.LW_UNRECOVERABLE()) {
                    Result result = tryAcquire(mine, repairs);
                    if (result != Result.TIMED_OUT) {
                        FaultPoint.pass("spin.taken");
                        return result;
                    }
                }
                Result ended = backoff.pause();
                if (ended != null) {
                    return ended;
                }
            }
        }
    }
}
