"""How many rates there are at which flows are worth nothing: what floats can prove of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.accrue import Floats, Numbers
from repayplan.kernel.discount import CHUNK, Terms, ragged_rows


def _running(rows: Numbers, offsets: Ints) -> Numbers:
    """Sums of each loan's rows so far, by doubling strides."""
    place = np.arange(len(rows)) - np.repeat(offsets[:-1], np.diff(offsets))
    out, stride, most = rows.copy(), 1, int(place.max(initial=0))
    while stride <= most:
        out[stride:] += np.where(place[stride:] >= stride, out[:-stride], 0)
        stride *= 2
    return out


def alone(terms: Terms, under: Floats, over: Floats, down: Ints, up: Ints) -> Bools:
    """Whether no root lies outside the bracket: True is a proof, False says nothing.

    At a rate above ``over`` each flow is worth its worth there times a factor that falls with time. So
    (summation by parts) if all sums of the first flows' worth at ``over`` have one sign, the value has it
    at every higher rate; likewise with the sums of the last flows, at every rate below ``under``.
    """
    worth, _ = terms.discounted(over)
    margin = terms.sums(np.abs(worth)) * terms.slack(over)
    good = _running(worth, terms.offsets) * terms.each(up) > terms.each(margin)
    worth, _ = terms.discounted(under)
    margin = terms.sums(np.abs(worth)) * terms.slack(under)
    turned = terms.offsets[-1] - terms.offsets[::-1]
    good &= _running(worth[::-1], turned)[::-1] * terms.each(down) > terms.each(margin)
    out: Bools = np.logical_and.reduceat(good, terms.offsets[:-1])
    return out


def count_roots(terms: Terms, low: Floats, high: Floats) -> Ints:
    """How many roots each loan has between two growths; 2 also where it can't be told.

    Pieces of the interval are halved until on each the value, or its slope, is proven to keep its sign: each
    flow's worth lies between those at the ends, so sums of these bound both.
    """
    count = np.zeros(len(low), np.int64)
    step = max(1, CHUNK // (4 * int(np.diff(terms.offsets).max())))
    for start in range(0, len(low), step):
        mine = np.arange(start, min(start + step, len(low)))
        count[mine] = _roots_of(terms.take(mine), np.log(low[mine]), np.log(high[mine]))
    return count


def _roots_of(whole: Terms, a: Floats, b: Floats) -> Ints:
    count, loan = np.zeros(len(a), np.int64), np.arange(len(a))
    log_size, side = np.log(np.maximum(np.abs(whole.amount), 1)), np.sign(whole.amount)
    while len(loan):
        index, offsets = ragged_rows(whole.offsets, loan)
        terms = Terms(whole.amount[index], whole.time[index], None, offsets, whole.latest[loan])
        sign, odd = side[index], 0 if whole.odd is None else whole.odd[index]
        middle = terms.each((a + b) / 2)
        # Scaled by the largest term at the middle, and seen from the time about which the terms lie.
        size = log_size[index] - middle * terms.time
        size -= terms.each(np.maximum.reduceat(size, offsets[:-1]))
        weight = np.exp(size)
        away = terms.time - terms.each(terms.sums(weight * terms.time) / terms.sums(weight))
        with np.errstate(over="ignore", invalid="ignore"):
            at_a = np.exp(size + away * (middle - terms.each(a)))
            at_b = np.exp(size + away * (middle - terms.each(b)))
            grown_a, grown_b = terms.each(np.exp(a)), terms.each(np.exp(b))
            odd_a, odd_b = 1 / (1 + odd * (grown_a - 1)), 1 / (1 + odd * (grown_b - 1))
            least, most = np.minimum(at_a, at_b) * odd_b, np.maximum(at_a, at_b) * odd_a
            near, far = away + odd * grown_a * odd_a, away + odd * grown_b * odd_b
            fall, rise = np.minimum(least * near, most * near), np.maximum(least * far, most * far)
            slack = terms.slack(np.exp(a)) + terms.slack(np.exp(b))
            error = terms.sums(most) * slack
            steep = terms.sums(np.maximum(np.abs(fall), np.abs(rise))) * slack

            def bounds(small: Numbers, large: Numbers, sign: Numbers = sign, terms: Terms = terms) -> Any:
                return (
                    terms.sums(np.where(sign > 0, small, -large)),
                    terms.sums(np.where(sign > 0, large, -small)),
                )

            lower, upper = bounds(least, most)
            clear = (lower > error) | (upper < -error)
            lower, upper = bounds(fall, rise)
            monotone = (lower > steep) | (upper < -steep)
            left, right = terms.sums(sign * at_a * odd_a), terms.sums(sign * at_b * odd_b)
            told = monotone & (np.abs(left) > error) & (np.abs(right) > error)
        np.add.at(count, loan[~clear & told & (left * right < 0)], 1)
        split = ~clear & ~told
        # Both ends within the error of zero: roots that lie together. And enough is enough.
        lost = split & (((np.abs(left) <= error) & (np.abs(right) <= error)) | (b - a < 1e-11))
        lost |= len(index) > 64 * CHUNK
        count[loan[lost]] = 2
        split &= count[loan] < 2
        # Not in the middle: rates that people write (0 above all) aren't to become ends.
        cut = a[split] + 0.4876 * (b[split] - a[split])
        loan = np.concatenate((loan[split], loan[split]))
        a, b = np.concatenate((a[split], cut)), np.concatenate((cut, b[split]))
    return np.minimum(count, 2)
