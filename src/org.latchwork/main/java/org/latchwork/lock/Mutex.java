package org.latchwork.lock;

import org.latchwork.region.ObjectType;
import org.latchwork.region.Region;
import org.latchwork.region.RegionObject;
import org.latchwork.region.abi.Layout;

/** A lock that its owner cannot take again: doing so throws. The cheapest of the family, and the one to begin with. */
public final class Mutex extends OwnedLock {
    static final ObjectType TYPE = new ObjectType(Layout.LW_MUTEX(), "mutex",
            (object, deadSlot) -> LockWord.recover(object, object.line(), deadSlot));

    Mutex(Region region, RegionObject object) {
        super(region, object);
    }
}
