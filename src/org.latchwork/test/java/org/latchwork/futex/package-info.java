/**
 * Which test holds which promise, for the bindings, the typed layer and the futexes. Class names without a package are of this one.
 *
 * <table>
 * <caption>The house</caption>
 * <tr><th>promise</th><th>test</th></tr>
 * <tr><td>{@code requires org.latchwork} works in a named module</td><td>{@code module.ImportTest#aNamedModuleThatRequiresIt}</td></tr>
 * <tr><td>{@code import module org.latchwork} works in a named module and in the unnamed one (Java 25)</td>
 *     <td>{@code module.ImportTest#aModuleImportInANamedModule}, {@code #aModuleImportInTheUnnamedModule}</td></tr>
 * <tr><td>ordinary imports work on the class path, and in the unnamed module with {@code --add-modules}</td>
 *     <td>{@code module.ImportTest#ordinaryImportsOnTheClassPath}, {@code #ordinaryImportsInTheUnnamedModule}</td></tr>
 * <tr><td>only what users use is exported; java.base and jdk.jfr are all that is needed</td>
 *     <td>{@code module.ImportTest#whatIsNotExportedIsOutOfReach}, {@code module.ArchitectureTest#theTableTellsWhatIsExported}</td></tr>
 * <tr><td>without native access every use names the exact flag, on class path and module path</td>
 *     <td>{@code module.NativeAccessTest}</td></tr>
 * <tr><td>packages are floors, nothing points up</td><td>{@code module.ArchitectureTest#noArrowPointsUp}</td></tr>
 * </table>
 *
 * <table>
 * <caption>Bindings</caption>
 * <tr><th>promise</th><th>test</th></tr>
 * <tr><td>constants, struct sizes, field offsets and sizes are the compiler's; a missing compiler is a skipped test</td>
 *     <td>{@code linux.AbiTest}</td></tr>
 * <tr><td>the bindings hold what includes.args asks for, and it is used</td><td>{@code linux.BindingsTest}</td></tr>
 * <tr><td>no {@code FileChannel.map}, no {@code Linker.Option.critical}</td>
 *     <td>{@code module.ArchitectureTest#mappingAndCallsGoTheOneWay}</td></tr>
 * <tr><td>anything but Linux on x86-64 with glibc is refused by name, at every use</td><td>{@code linux.PlatformTest}</td></tr>
 * <tr><td>the kernel's {@code struct stat}, the page size, {@code nanoTime} on CLOCK_MONOTONIC</td>
 *     <td>{@code linux.PosixTest#fstatReadsTheKernelsStructStat}, {@code #pageSizeIsGetconfs}, {@code #nanoTimeIsClockMonotonic}</td></tr>
 * <tr><td>failures name errno, call and arguments</td>
 *     <td>{@code linux.PosixTest#aFailedCallSaysWhichAndWhy}, {@code linux.ErrnoTest},
 *     {@code FutexFaultTest#theMessageNamesCallAddressAndErrno}</td></tr>
 * <tr><td>the typed layer retries nothing</td><td>{@code FutexSignalTest#aSignalEndsARawWait}</td></tr>
 * </table>
 *
 * <table>
 * <caption>Futexes</caption>
 * <tr><th>promise</th><th>test</th></tr>
 * <tr><td>value mismatch, among threads and processes</td>
 *     <td>{@code FutexWaitTest#aValueThatDiffersEndsTheWaitAtOnce}, {@code FutexProcessTest#aChangedValueIsSeenByTheOtherProcess}</td></tr>
 * <tr><td>timeouts of 1, 2, 5, 10, 25, 100 ms and 1 s, relative and absolute, on both clocks: never early</td>
 *     <td>{@code FutexWaitTest#aTimeoutIsNeverEarly}</td></tr>
 * <tr><td>deadlines that have passed; no deadline</td>
 *     <td>{@code FutexWaitTest#aDeadlineThatHasPassedEndsTheWaitAtOnce}, {@code #withoutADeadlineOnlyAWakeEndsTheWait}</td></tr>
 * <tr><td>deadline arithmetic</td><td>{@code wait.DeadlineTest}</td></tr>
 * <tr><td>EFAULT: unmapped, PROT_NONE, beyond the end of the file; EINVAL: unaligned</td><td>{@code FutexFaultTest}</td></tr>
 * <tr><td>EINTR: raw waits say SIGNALLED</td><td>{@code FutexSignalTest#aSignalEndsARawWait}</td></tr>
 * <tr><td>EINTR: {@code FutexArray.await} goes on, towards the one deadline</td>
 *     <td>{@code FutexSignalTest#signalsDoNotProlongAnAwait}, {@code #anAwaitWithoutDeadlineGoesOnAfterASignal}</td></tr>
 * <tr><td>wake returns exactly n for n = 1 to 10 threads, then 0</td>
 *     <td>{@code FutexWakeTest#aWakeWakesExactlyAllWhoWaitAndThenNobody}</td></tr>
 * <tr><td>the same for 1 to 10 processes, C and Java</td>
 *     <td>{@code FutexProcessTest#aWakeWakesExactlyAllCProcessesWhoWait}, {@code #aWakeWakesExactlyAllJavaProcessesWhoWait}</td></tr>
 * <tr><td>wake 1 and INT_MAX</td>
 *     <td>{@code FutexWakeTest#aWakeLeavesTheOthersAsleep}, {@code FutexProcessTest#aWakeLeavesTheOthersAsleep}</td></tr>
 * <tr><td>wake 0 and negative: raw wakes one, futex2 with 0 none, the array none or refuses</td>
 *     <td>{@code FutexWakeTest#aRawCountOfZeroOrLessWakesOne}, {@code #anArraysCountIsTakenAtItsWord}</td></tr>
 * <tr><td>bitsets</td><td>{@code FutexWakeTest#aBitsetChoosesWhoWakes}, {@code #anEmptyBitsetIsRefused}</td></tr>
 * <tr><td>shared and private futexes never meet</td>
 *     <td>{@code FutexWakeTest#aWakeFindsOnlyWaitersOfItsOwnKind},
 *     {@code FutexProcessTest#privateFutexesNeverMatchAcrossProcesses}</td></tr>
 * <tr><td>requeue 10/3/7, 10/0/10, 100/50/50, 1000/100/900 by REQUEUE, CMP_REQUEUE, futex_requeue and the array</td>
 *     <td>{@code FutexRequeueTest#someWakeAndOthersMove}, {@code FutexProcessTest#waitersOfOtherProcessesAreRequeued}</td></tr>
 * <tr><td>requeue: EINVAL for negative counts, EAGAIN for a mismatch</td>
 *     <td>{@code FutexRequeueTest#negativeCountsAreRefused}, {@code #aWordThatDiffersMovesNobody}</td></tr>
 * <tr><td>WAKE_OP: changes, comparisons, encoding, counts</td><td>{@code FutexWakeOpTest}</td></tr>
 * <tr><td>waitv: 0 and 129 words, unaligned, null, bad clock, missing size, flags, mismatch, timeout</td>
 *     <td>{@code linux.FutexCallsTest}, {@code FutexVectorTest}</td></tr>
 * <tr><td>waitv: 30 words, waking the last returns its index</td><td>{@code FutexVectorTest#theIndexOfTheWokenWordComesBack}</td></tr>
 * <tr><td>a stopped waiter leaves the queue and comes back</td>
 *     <td>{@code FutexProcessTest#aStoppedWaiterTakesNoWakeAndWaitsOnAfterwards}</td></tr>
 * <tr><td>array: bounds, spacing, access modes, memory that is refused</td><td>{@code FutexArrayTest}</td></tr>
 * <tr><td>array: atomic among threads and processes</td><td>{@code FutexArrayAtomicityTest}</td></tr>
 * <tr><td>array: mapped file, sealed memfd, sizes, close while threads wait, text</td><td>{@code FutexArrayFileTest}</td></tr>
 * <tr><td>a truncated file is an exception, never a crash</td><td>{@code FutexArrayTruncationTest}</td></tr>
 * </table>
 */
package org.latchwork.futex;
