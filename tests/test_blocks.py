"""Work in blocks: the same results in the same order on any number of threads, and progress that adds up."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repayplan.basics.blocks import asked, run_blocks
from repayplan.basics.errors import Code, InputError

JOBS = st.lists(st.tuples(st.integers(), st.integers(0, 1000)), max_size=20)


@given(JOBS, st.integers(1, 4))
def test_results_are_those_of_a_plain_loop_and_progress_adds_up(jobs, workers):
    sizes, told = [size for _, size in jobs], []
    got = run_blocks(
        str, iter(jobs), lambda job: job[1], workers=workers, progress=lambda *figures: told.append(figures)
    )
    assert got == [str(job) for job in jobs]
    assert told == [(sum(sizes[: i + 1]), sum(sizes)) for i in range(len(sizes))]


def test_blocks_are_worked_on_at_the_same_time():
    # Each waits for the other: one after the other they would wait in vain.
    meeting = threading.Barrier(2, timeout=20)

    def work(job):
        meeting.wait()
        return job, threading.get_ident()

    got = run_blocks(work, [1, 2], abs, workers=2)
    assert [job for job, _ in got] == [1, 2]
    assert len({thread for _, thread in got}) == 2


def test_a_slow_first_block_stays_first():
    second_is_done = threading.Event()

    def work(job):
        if job == "first":
            assert second_is_done.wait(20)
        else:
            second_is_done.set()
        return job

    assert run_blocks(work, ["first", "second"], len, workers=2) == ["first", "second"]


def test_one_worker_stays_on_the_callers_thread():
    threads = run_blocks(lambda _: threading.get_ident(), [1, 2, 3], abs)
    assert set(threads) == {threading.get_ident()}


def test_a_block_is_worked_on_while_the_next_is_made():
    begun = threading.Event()

    def jobs():
        yield 1
        assert begun.wait(20)
        yield 2

    def work(job):
        begun.set()
        return job

    assert run_blocks(work, jobs(), abs, workers=2) == [1, 2]


def test_a_fault_in_making_a_block_is_the_callers():
    def jobs():
        yield 1
        raise KeyError(2)

    with pytest.raises(KeyError):
        run_blocks(abs, jobs(), abs, workers=2)


@pytest.mark.parametrize("workers", [1, 3])
def test_progress_is_told_on_the_callers_thread(workers):
    threads = []
    run_blocks(
        abs, [1, 2, 3], abs, workers=workers, progress=lambda *_: threads.append(threading.get_ident())
    )
    assert threads == [threading.get_ident()] * 3


@pytest.mark.parametrize("workers", [1, 2])
def test_a_fault_in_a_block_is_the_callers(workers):
    done = []

    def work(job):
        done.append(job)
        return 1 // job

    with pytest.raises(ZeroDivisionError):
        run_blocks(work, [1, 0, 1], abs, workers=workers)
    assert 0 in done


@pytest.mark.parametrize("workers", [1, 2])
def test_a_fault_in_the_progress_is_the_callers(workers):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_blocks(abs, [1, 2, 3], abs, workers=workers, progress=stop)


@pytest.mark.parametrize("workers", [0, -1, True, 1.5, None, "2"])
def test_threads_are_a_whole_number_from_one_on(workers):
    with pytest.raises(InputError) as refused:
        run_blocks(abs, [], abs, workers=workers)
    assert (refused.value.code, refused.value.field) == (Code.OUT_OF_RANGE, "workers")
    assert refused.value.value == workers


def test_a_call_within_a_block_starts_no_threads():
    """However deep the calls and whatever they ask for, no thread but the two of the outermost one works."""
    seen, meeting = set(), threading.Barrier(2, timeout=20)

    def innermost(_):
        seen.add(threading.get_ident())
        return threading.active_count()

    def inner(_):
        meeting.wait()
        return run_blocks(lambda _: run_blocks(innermost, [1, 2], abs, workers=8), [1, 2], abs, workers=8)

    before = threading.active_count()
    counted = run_blocks(inner, [1, 2], abs, workers=2)
    assert len(seen) == 2
    assert max(count for one in counted for two in one for count in two) <= before + 2


def test_after_a_call_with_threads_the_caller_may_start_others():
    assert run_blocks(asked, [3], abs, workers=2) == [1]
    assert asked(3) == 3
