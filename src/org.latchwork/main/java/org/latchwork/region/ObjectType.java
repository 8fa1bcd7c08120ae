package org.latchwork.region;

/**
 * A kind of named object, and what has to be done about one when a participant has died.
 *
 * @param id {@code object.type} in the layout
 * @param name for messages
 * @param recovery what undoes the dead participant's hold
 */
public record ObjectType(int id, String name, Recovery recovery) {
    /** Undoes what a dead participant holds of an object. */
    @FunctionalInterface
    public interface Recovery {
        /**
         * Makes the object as if the participant in that slot had let go, or marks that it died, and wakes who has to look again: one waiter
         * of every word that is waited on, whatever its bits say, since a participant that died between its change and its wake leaves no mark.
         *
         * <p>The caller has proof that the participant executes nothing any more. It may itself die at any step, and then somebody does it
         * all again: every fact is one word.
         *
         * @param object which object
         * @param deadSlot who died
         */
        void recover(RegionObject object, int deadSlot);
    }
}
