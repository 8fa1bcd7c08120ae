package org.latchwork.lock;

import org.latchwork.region.ObjectType;
import org.latchwork.region.Region;
import org.latchwork.region.RegionObject;
import org.latchwork.region.abi.Layout;

/**
 * A lock that its owner can take again, and lets go as often: {@link java.util.concurrent.locks.ReentrantLock} for several processes. How
 * often is known to the owner's process alone; if that dies, all of it is over at once.
 */
public final class ReentrantMutex extends OwnedLock {
    static final ObjectType TYPE = new ObjectType(Layout.LW_REENTRANT_MUTEX(), "reentrant mutex",
            (object, deadSlot) -> LockWord.recover(object, object.line(), deadSlot));

    ReentrantMutex(Region region, RegionObject object) {
        super(region, object);
    }

    @Override
    void relock() {
        holds = Math.incrementExact(holds);
    }

    /** {@return how often the calling thread has taken the lock and not let it go} */
    public int getHoldCount() {
        return isHeldByCurrentThread() ? holds + 1 : 0;
    }
}
