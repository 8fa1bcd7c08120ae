package org.latchwork.jmh.lock;

/** What is taken and let go. */
enum LockKind {
    MUTEX("Mutex", true),
    RW_LOCK_READ("RwLock, reading", true),
    SEMAPHORE("Semaphore", true),
    ROBUST_SEMAPHORE("RobustSemaphore", true),
    REENTRANT_LOCK("ReentrantLock", true),
    FILE_LOCK("FileLock", true),
    /** C. */
    PTHREAD_MUTEX("pthread_mutex, shared", false),
    PTHREAD_ROBUST("pthread_mutex, robust", false),
    PTHREAD_RWLOCK_READ("pthread_rwlock, reading", false),
    SEM_T("sem_t", false),
    BOOST("Boost interprocess_mutex", false);

    private final String label;
    private final boolean java;

    LockKind(String label, boolean java) {
        this.label = label;
        this.java = java;
    }

    String label() {
        return label;
    }

    boolean isJava() {
        return java;
    }

    /** {@return the letter by which {@code lock_floor.c} knows it} */
    String letter() {
        return switch (this) {
            case PTHREAD_MUTEX -> "m";
            case PTHREAD_ROBUST -> "r";
            case PTHREAD_RWLOCK_READ -> "w";
            case SEM_T -> "s";
            case BOOST -> "b";
            default -> throw new IllegalArgumentException(this + " is not C's");
        };
    }
}
