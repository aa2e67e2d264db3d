#!/usr/bin/env python3
"""Makes hard_laws.json: stationary laws of diagonal networks to 20 digits, for the hard corners.

Method. With s = (D+1)|v|^(2D/(D+1)) d^(-1+2/(D+1)), h = beta1 v - beta2, G = alpha1 v^2 - 2 alpha2 v + alpha3,

    d ln p/dv = -3D/((D+1) v) - G'/G - h_eff/(T s G) - (D+1) gamma v/(T s^2 G),

h_eff = h, or h (1 + T beta1 s) + (T/2) h^2 s' for the modified loss (theory manual, section 3). The support is
cut into pieces with a logarithmic coordinate t each; on panels in t the slope is expanded in Legendre
polynomials, whose antiderivative is ln p. Panels are halved until the expansion is converged to 1e-32. Ends
where the slope has become constant are closed exactly; others are cut where p < e^-150 of its maximum.
Everything is computed twice, with 32 and with 44 nodes and different panels, in 50 and 62 digits; a case is
written only if both agree to 20 digits. No closed form is used, and nothing of the program under test.

Every number is for the decimal parameters. The field `rounding` beside a number is by how much it changes when
parameters and v are rounded to binary64: what no program that reads decimals into binary64 can know (absolute
for logarithms, relative for all else).

    python3 make_hard_laws.py [CASE ...]        (needs mpmath; gmpy2 makes it 3 times faster)
"""
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache

from mpmath import mp, mpf, exp, log, sqrt

DEAD = 150          # e^-DEAD of the maximum counts as nothing in integrals
KEYS = ["D", "d", "alpha1", "alpha2", "alpha3", "beta1", "beta2", "T", "gamma"]


# ---------------------------------------------------------------- quadrature
@lru_cache(maxsize=None)
def rule(n, dps):
    """Gauss-Legendre nodes and weights on [-1, 1], and the values P_k(x_j)."""
    mp.dps = dps
    nodes, weights = [], []
    for i in range(n):
        x = -mp.cos((i + mpf(3) / 4) / (n + mpf(1) / 2) * mp.pi)
        for _ in range(10):
            p = legendre(n, x)
            slope = n * (x * p[n] - p[n - 1]) / (x * x - 1)
            step = p[n] / slope
            x -= step
            if abs(step) < mpf(10) ** (3 - dps):
                break
        p = legendre(n, x)
        slope = n * (x * p[n] - p[n - 1]) / (x * x - 1)
        nodes.append(x)
        weights.append(2 / ((1 - x * x) * slope * slope))
    table = [legendre(n, x) for x in nodes]
    columns = [[row[k] for row in table] for k in range(n)]
    # antiderivatives[j][k] = integral of P_k from -1 to x_j
    antiderivatives = [[x + 1] + [(p[k + 1] - p[k - 1]) / (2 * k + 1) for k in range(1, n)]
                       for x, p in zip(nodes, table)]
    return nodes, weights, columns, antiderivatives


def legendre(n, x):
    p = [mpf(1), x]
    for k in range(1, n):
        p.append(((2 * k + 1) * x * p[k] - k * p[k - 1]) / (k + 1))
    return p


class Panel:
    """ln(density in t) on [a, b], as a Legendre series of its slope."""

    def __init__(self, chart, a, b, n):
        nodes, weights, columns, _ = rule(n, mp.dps)
        self.a, self.b, self.n = a, b, n
        self.half = (b - a) / 2
        mid = (a + b) / 2
        self.t = [mid + self.half * x for x in nodes]
        f = [chart.slope(t) for t in self.t]
        self.f = f
        wf = [w * y for w, y in zip(weights, f)]
        self.c = [(k + mpf(1) / 2) * mp.fdot(wf, columns[k]) for k in range(n)]
        self.rise = 2 * self.c[0] * self.half
        self.low = None     # u(a), set when panels are joined

    def converged(self, tolerance):
        tail = max(abs(c) for c in self.c[-4:]) * self.half
        return tail <= tolerance * max(1, abs(self.rise))

    def u(self, t):
        """ln density at t."""
        x = (t - self.a) / self.half - 1
        p = legendre(self.n, x)
        total = self.c[0] * (x + 1)
        for k in range(1, self.n):
            total += self.c[k] * (p[k + 1] - p[k - 1]) / (2 * k + 1)
        return self.low + self.half * total

    def at_nodes(self):
        if not hasattr(self, "un"):
            self.un = [self.low + self.half * mp.fdot(self.c, row) for row in rule(self.n, mp.dps)[3]]
        return self.un

    def integral(self, weight):
        weights = rule(self.n, mp.dps)[1]
        return self.half * mp.fsum(w * exp(u) * weight(t) for w, u, t in zip(weights, self.at_nodes(), self.t))

    def part(self, a, b):
        """Integral of the density over [a, b] inside the panel."""
        nodes, weights = rule(self.n, mp.dps)[:2]
        mid, half = (a + b) / 2, (b - a) / 2
        return half * mp.fsum(w * exp(self.u(mid + half * x)) for w, x in zip(weights, nodes))


# ---------------------------------------------------------------- model and charts
class Model:
    def __init__(self, params, rounded=False):
        get = (lambda key: mpf(float(params[key]))) if rounded else (lambda key: mpf(str(params[key])))
        self.D, self.d = int(params["D"]), int(params["d"])
        self.a1, self.a2, self.a3 = get("alpha1"), get("alpha2"), get("alpha3")
        self.b1, self.b2, self.T, self.gamma = get("beta1"), get("beta2"), get("T"), get("gamma")
        self.modified = bool(params.get("modified_loss", False))
        # Exactly degenerate data are marked by the case: decimals may not multiply out exactly.
        self.degenerate = bool(params.get("degenerate", False))
        self.k = self.a2 / self.a1 if self.a1 else mpf(0)
        self.disc = mpf(0) if self.degenerate else self.a1 * self.a3 - self.a2 ** 2
        if self.degenerate:
            self.a3 = self.a2 ** 2 / self.a1
        n = self.D + 1
        self.power = mpf(2 * self.D) / n
        self.sfactor = n * mpf(self.d) ** (mpf(2) / n - 1)

    def G(self, v):
        return (self.a1 * v - 2 * self.a2) * v + self.a3

    def log_slope(self, v, x=None):
        """d ln p/dv; x = v - k where that is known better."""
        D, n = self.D, self.D + 1
        if self.degenerate:
            x = v - self.k if x is None else x
            G, dG = self.a1 * x * x, 2 * self.a1 * x
            h = self.b1 * x + (self.b1 * self.k - self.b2)
        else:
            G, dG = (self.a1 * v - 2 * self.a2) * v + self.a3, 2 * (self.a1 * v - self.a2)
            h = self.b1 * v - self.b2
        s = self.sfactor * abs(v) ** self.power if D else mpf(self.d)
        if self.modified:
            slope = self.power * s / v if D else mpf(0)
            h = h * (1 + self.T * self.b1 * s) + self.T / 2 * h * h * slope
        out = -dG / G - h / (self.T * s * G)
        if D:
            out -= mpf(3 * D) / (n * v)
        if self.gamma:
            out -= n * self.gamma * v / (self.T * s * s * G)
        return out


class Half:
    """v = origin + sign e^t."""

    def __init__(self, model, origin, sign, at_k=False):
        self.m, self.origin, self.sign, self.at_k = model, origin, sign, at_k

    def v(self, t):
        return self.origin + self.sign * exp(t)

    def t(self, v):
        return log(self.sign * (v - self.origin))

    def slope(self, t):
        x = self.sign * exp(t)
        return self.m.log_slope(self.origin + x, x if self.at_k else None) * x + 1

    def jac(self, t):
        return t

    def djac(self, t):
        return mpf(1)


class Sinh:
    """v = centre + scale sinh t."""

    def __init__(self, model, centre, scale):
        self.m, self.centre, self.scale, self.sign = model, centre, scale, 1

    def v(self, t):
        return self.centre + self.scale * mp.sinh(t)

    def t(self, v):
        return mp.asinh((v - self.centre) / self.scale)

    def slope(self, t):
        return self.m.log_slope(self.v(t)) * self.scale * mp.cosh(t) + mp.tanh(t)

    def jac(self, t):
        return log(self.scale * mp.cosh(t))

    def djac(self, t):
        return mp.tanh(t)


class Logit:
    """v = low + (high - low) / (1 + e^-t); one of the ends may be k."""

    def __init__(self, model, low, high):
        self.m, self.low, self.high = model, low, high
        self.sign = 1
        self.w = high - low

    def v(self, t):
        return -self.w / (1 + exp(t)) if self.high == 0 else self.low + self.w / (1 + exp(-t))

    def t(self, v):
        return log((v - self.low) / (self.high - v))

    def slope(self, t):
        u, y = 1 / (1 + exp(-t)), 1 / (1 + exp(t))
        v = self.v(t)
        x = -self.w * y if self.high == self.m.k else (self.w * u if self.low == self.m.k else v - self.m.k)
        return self.m.log_slope(v, x) * self.w * u * y + (y - u)

    def jac(self, t):
        return log(self.w) - abs(t) - 2 * mp.log1p(exp(-abs(t)))

    def djac(self, t):
        return -mp.tanh(t / 2)


class Piece:
    """One chart with its panels over everything that matters."""

    def __init__(self, chart, t0, n, split, tolerance, depth, limit):
        self.chart, self.n = chart, n
        self.tolerance = tolerance
        up = self.march(t0, 1, split, depth, limit)
        down = self.march(t0, -1, split, depth, limit)
        self.panels = list(reversed(down)) + up
        k = len(down)
        value = mpf(0)
        for p in self.panels[k:]:
            p.low = value
            value += p.rise
        value = mpf(0)
        for p in reversed(self.panels[:k]):
            value -= p.rise
            p.low = value
        self.closed = [self.constant(self.panels[0].a, -1), self.constant(self.panels[-1].b, 1)]

    def constant(self, t, side):
        f = self.chart.slope(t)
        far = self.chart.slope(t + side * 40)
        near = self.chart.slope(t + side * 10)
        # Corrections fall at least like e^-(distance/60) for every depth used here; 40 further they are gone.
        return abs(f - far) < mpf(10) ** -34 and abs(f - near) < mpf(10) ** -34

    def march(self, t0, side, split, depth, limit):
        """Panels from t0 outwards until nothing is left to see."""
        out, here, width, level, top = [], t0, mpf(1) / split, mpf(0), mpf(0)
        while True:
            a, b = (here, here + width) if side > 0 else (here - width, here)
            p = Panel(self.chart, a, b, self.n)
            live = level > top - DEAD - 20
            steep = max(abs(f) for f in p.f) * width
            if not p.converged(self.tolerance) or (live and steep > 12) or steep > 3000:
                width /= 2
                continue
            out.append(p)
            here = b if side > 0 else a
            level += side * p.rise
            top = max(top, level)
            if self.constant(here, side):
                return out
            if abs(here) > limit:
                raise RuntimeError("no end found at t = %s" % mp.nstr(here, 8))
            falling = -side * self.chart.slope(here) > 1
            if level - top < -depth and falling:
                return out
            if steep < 6 or not live:
                width *= mpf(3) / 2 if split == 1 else mpf(7) / 4
                width = min(width, 4)

    def top(self):
        return max(max(p.low, p.low + p.rise, max(p.at_nodes()) if abs(p.rise) < 60 else p.low) for p in self.panels)

    def shift(self, by):
        for p in self.panels:
            p.low += by
            if hasattr(p, "un"):
                del p.un

    def edge(self, side):
        p = self.panels[0] if side < 0 else self.panels[-1]
        return (p.a, p.low) if side < 0 else (p.b, p.low + p.rise)

    def tail(self, side, order):
        """Integral of |v|^order density beyond the panels (|v| is exponential there, or constant)."""
        t, u = self.edge(side)
        if not self.closed[0 if side < 0 else 1]:
            return mpf(0)
        c = self.chart
        slope = c.slope(t + side * 40)
        log_abs = lambda t: log(abs(c.v(t)))
        steep = (log_abs(t + side * 300) - log_abs(t + side * 200)) / (side * 100)
        steep = mpf(round(float(steep)))
        decay = -side * (slope + order * steep)
        if decay <= mpf(10) ** -25:     # 0 up to rounding: the order of divergence itself
            return mp.inf
        return exp(u + order * log_abs(t)) / decay

    def u(self, t):
        for side in (-1, 1):
            edge, value = self.edge(side)
            if side * (t - edge) > 0:
                if self.closed[0 if side < 0 else 1]:
                    return value + self.chart.slope(edge + side * 40) * (t - edge)
                raise ValueError("beyond the panels")
        for p in self.panels:
            if p.a <= t <= p.b:
                return p.u(t)
        raise ValueError

    def mass_below(self, t):
        total = self.tail(-1, 0)
        a, u = self.edge(-1)
        if t <= a:
            if not self.closed[0]:
                return mpf(0)
            return total * exp(self.chart.slope(a - 40) * (t - a))
        for p in self.panels:
            if t >= p.b:
                total += p.mass
            elif t > p.a:
                total += p.part(p.a, t)
        b, _ = self.edge(1)
        if t > b and self.closed[1]:
            total += self.tail(1, 0) * (1 - exp(self.chart.slope(b + 40) * (t - b)))
        return total

    def mass_above(self, t):
        total = self.tail(1, 0)
        b, u = self.edge(1)
        if t >= b:
            if not self.closed[1]:
                return mpf(0)
            return total * exp(self.chart.slope(b + 40) * (t - b))
        for p in self.panels:
            if t <= p.a:
                total += p.mass
            elif t < p.b:
                total += p.part(t, p.b)
        a, _ = self.edge(-1)
        if t < a and self.closed[0]:
            total += self.tail(-1, 0) * (1 - exp(self.chart.slope(a - 40) * (t - a)))
        return total


class Law:
    """A normalised density: pieces in the order of v."""

    def __init__(self, params, n, split, rounded=False, halves=False):
        m = self.m = Model(params, rounded)
        depth = 12000
        D, k = m.D, m.k
        limit = mpf(6000)
        tol = mpf(10) ** -32
        sign = 1 if m.b2 >= 0 else -1
        guess = m.b2 / m.b1
        make = lambda chart, t0: Piece(chart, t0, n, split, tol, depth, limit)
        glue = False
        if D == 0 and not m.degenerate and not halves:
            charts, starts = [Sinh(m, guess, sqrt(m.T * m.d * m.G(guess) / m.b1))], [mpf(0)]
        elif D == 0 and not m.degenerate:
            # |v|^n is not smooth at v = 0: one piece on either side.
            charts = [Half(m, mpf(0), -1), Half(m, mpf(0), 1)]
            size = max(abs(guess), sqrt(m.T * m.d * m.G(guess) / m.b1))
            starts = [log(size), log(size)]
            glue = True
        elif D == 0:
            c = m.b2 - m.b1 * k
            side = 1 if c > 0 else -1
            if side * k < 0:     # the support runs over v = 0
                low, high = (k, mpf(0)) if side > 0 else (mpf(0), k)
                inner, outer = Logit(m, low, high), Half(m, mpf(0), side)
                charts = [inner, outer] if side > 0 else [outer, inner]
                starts = [mpf(0), log(abs(k))] if side > 0 else [log(abs(k)), mpf(0)]
                glue = True
            else:
                charts, starts = [Half(m, k, side, True)], [log(abs(c / m.b1))]
        elif m.degenerate and sign * k > 0:
            inner = sign * m.b2 - m.b1 * sign * k < 0
            if inner:
                low, high = (mpf(0), k) if sign > 0 else (k, mpf(0))
                charts, starts = [Logit(m, low, high)], [mpf(0)]
            else:
                charts, starts = [Half(m, k, sign, True)], [log(abs(m.b2 / m.b1 - k))]
        else:
            charts, starts = [Half(m, mpf(0), sign, m.degenerate and k == 0)], [log(abs(guess))]
        self.pieces = [make(c, t) for c, t in zip(charts, starts)]
        if glue:
            left, right = self.pieces
            # Value of ln p at v -> 0 from either side.
            def at_zero(piece, side):
                t, u = piece.edge(side)
                return u - piece.chart.jac(t)
            ls = 1 if isinstance(left.chart, Logit) else -1
            rs = -1
            if isinstance(right.chart, Logit):
                rs = -1
            right.shift(at_zero(left, ls) - at_zero(right, rs))
        top = max(p.top() for p in self.pieces)
        for p in self.pieces:
            p.shift(-top)
        total = mpf(0)
        for p in self.pieces:
            for panel in p.panels:
                panel.mass = panel.integral(lambda t: 1) if max(panel.low, panel.low + panel.rise) > -DEAD - 15 else mpf(0)
            total += mp.fsum(q.mass for q in p.panels) + p.tail(-1, 0) + p.tail(1, 0)
        for p in self.pieces:
            p.shift(-log(total))
            for panel in p.panels:
                panel.mass /= total
        self.orient()

    def orient(self):
        """Mass of every piece, pieces being ascending in v."""
        self.mass = [mp.fsum(q.mass for q in p.panels) + p.tail(-1, 0) + p.tail(1, 0) for p in self.pieces]

    def locate(self, v):
        for i, p in enumerate(self.pieces):
            c = p.chart
            if isinstance(c, Sinh):
                inside = True
            else:
                inside = c.low < v < c.high if isinstance(c, Logit) else c.sign * (v - c.origin) > 0
            if inside:
                return i, p, c.t(v)
        return None

    def log_p(self, v):
        _, p, t = self.locate(v)
        return p.u(t) - p.chart.jac(t)

    def cdf_sf(self, v):
        i, p, t = self.locate(v)
        below, above = p.mass_below(t), p.mass_above(t)
        if p.chart.sign < 0:
            below, above = above, below
        return below + mp.fsum(self.mass[:i]), above + mp.fsum(self.mass[i + 1:])

    def live(self, order):
        """Panels that |v|^order p does not bury."""
        for p in self.pieces:
            for q in p.panels:
                lift = order * log(abs(p.chart.v((q.a + q.b) / 2)))
                if max(q.low, q.low + q.rise) + max(lift, 0) > -DEAD:
                    yield p, q

    def moment(self, order):
        """E|v|^order with exact tails."""
        if any(p.tail(s, order) == mp.inf for p in self.pieces for s in (-1, 1)):
            return mp.inf
        body = mpf(0)
        for p, q in self.live(order):
            body += q.integral(lambda t: abs(p.chart.v(t)) ** order)
        return body + mp.fsum(p.tail(s, order) for p in self.pieces for s in (-1, 1))

    def mean_variance(self):
        if self.moment(1) == mp.inf:
            return mp.inf, mp.inf
        signed = mpf(0)
        for p, q in self.live(1):
            signed += q.integral(lambda t: p.chart.v(t))
        for p in self.pieces:
            for side in (-1, 1):
                v = p.chart.v(p.edge(side)[0])
                signed += (1 if v > 0 else -1) * p.tail(side, 1)
        if abs(signed) < mpf(10) ** -30 * self.moment(1):
            signed = mpf(0)
        if self.moment(2) == mp.inf:
            return signed, mp.inf
        var = mpf(0)
        for p, q in self.live(2):
            var += q.integral(lambda t: (p.chart.v(t) - signed) ** 2)
        for p in self.pieces:
            for side in (-1, 1):
                v = p.chart.v(p.edge(side)[0])
                sg = 1 if v > 0 else -1
                var += p.tail(side, 2) - 2 * sg * signed * p.tail(side, 1) + signed ** 2 * p.tail(side, 0)
        return signed, var

    def quantile(self, q):
        """(v, ln|v|) with P(V <= v) = q."""
        q = mpf(q)
        below = mpf(0)
        for i, p in enumerate(self.pieces):
            if below + self.mass[i] >= q:
                break
            below += self.mass[i]
        need = mpf(q) - below
        up = p.chart.sign > 0
        if not up:
            need = self.mass[i] - need     # mass on the lower side of t
        # bisection over panel edges, then in the panel
        if need <= p.tail(-1, 0):
            a, _ = p.edge(-1)
            t = a + log(need / p.tail(-1, 0)) / p.chart.slope(a - 40)
        else:
            total, t = p.tail(-1, 0), None
            for panel in p.panels:
                if total + panel.mass >= need:
                    lo, hi = panel.a, panel.b
                    t = (lo + hi) / 2
                    rest = need - total
                    for _ in range(200):
                        f = panel.part(panel.a, t) - rest
                        if f > 0:
                            hi = t
                        else:
                            lo = t
                        new = t - f / exp(panel.u(t))
                        if not lo < new < hi:
                            new = (lo + hi) / 2
                        if abs(new - t) < mpf(10) ** -24 * max(1, abs(t)):
                            t = new
                            break
                        t = new
                    break
                total += panel.mass
            if t is None:
                b, _ = p.edge(1)
                t = b + log((self.mass[i] - need) / p.tail(1, 0)) / p.chart.slope(b + 40)
        c = p.chart
        if isinstance(c, Half) and c.origin == 0:
            return c.v(t), t
        return c.v(t), log(abs(c.v(t)))

    def mode(self):
        """(v, diverges): the highest maximum of p in v, or the end of the support where p has no bound."""
        best = None
        for p in self.pieces:
            c = p.chart
            for side in (-1, 1):
                t, u = p.edge(side)
                inf_end = isinstance(c, Sinh) or isinstance(c, Half) and side > 0
                growth = side * (c.slope(t) - c.djac(t))
                if not inf_end and p.closed[0 if side < 0 else 1] and growth > mpf(10) ** -30:
                    return (c.low if side < 0 else c.high) if isinstance(c, Logit) else c.origin, True
            f = lambda t: c.slope(t) - c.djac(t)
            for q in p.panels:
                ts = [q.a] + q.t + [q.b]
                fs = [f(t) for t in ts]
                for (a, fa), (b, fb) in zip(zip(ts, fs), zip(ts[1:], fs[1:])):
                    if fa > 0 >= fb:
                        lo, hi = a, b
                        for _ in range(260):
                            mid = (lo + hi) / 2
                            if f(mid) > 0:
                                lo = mid
                            else:
                                hi = mid
                        t = (lo + hi) / 2
                        height = p.u(t) - c.jac(t)
                        if best is None or height > best[0]:
                            best = (height, c.v(t))
        return (best[1] if best else None), False


# ---------------------------------------------------------------- numbers to report
def decimals(v, digits):
    return mp.nstr(v, digits, min_fixed=-5, max_fixed=16)


def choose_points(law, peak, digits):
    """v where ln p is about 1, 10, 100, 1000, 10^4 below its maximum, on both sides, and the far power-law tails."""
    out = []
    top = law.log_p(peak) if peak is not None else None
    for p in law.pieces:
        c = p.chart
        edge_lo, edge_hi = p.edge(-1)[0], p.edge(1)[0]
        for target in (mpf(1), mpf(12), mpf(130), mpf(1100), mpf(10000)):
            if top is None:
                break
            for side in (-1, 1):
                qs = p.panels if side > 0 else list(reversed(p.panels))
                hit = None
                seen = False
                for q in qs:
                    near = q.low if side > 0 else q.low + q.rise
                    tn = q.a if side > 0 else q.b
                    tf, far = (q.b, q.low + q.rise) if side > 0 else (q.a, q.low)
                    un, uf = near - c.jac(tn) - top, far - c.jac(tf) - top
                    if un > -target >= uf:
                        hit = tn + (tf - tn) * (un + target) / (un - uf)
                if hit is not None:
                    out.append(c.v(hit))
        half = not isinstance(c, Logit)
        for side, t in ((-1, edge_lo), (1, edge_hi)):
            if p.closed[0 if side < 0 else 1] and half:
                if isinstance(c, Sinh):
                    out += [c.v(mpf(side * 230)), c.v(mpf(side * 650))]
                elif c.origin == 0 and not (side < 0 and law.m.D == 0):
                    out += [c.v(mpf(side * 230)), c.v(mpf(side * 650))]
                elif side > 0:
                    out += [c.v(mpf(230))]
    texts, seen = [], set()
    for v in sorted(out):
        text = decimals(v, digits)
        w = mpf(text)
        if law.locate(w) is None or text in seen or float(text) == 0.0 or abs(float(text)) < 1e-305:
            continue
        try:
            if abs(law.log_p(w)) < 3e5:
                texts.append(text)
                seen.add(text)
        except ValueError:
            pass
    return texts


def numbers(law, texts, cdfs, orders, rounded=False):
    at = (lambda v: mpf(float(v))) if rounded else mpf
    mean, variance = law.mean_variance()
    mode, diverges = law.mode()
    qs = {q: law.quantile(mpf(float(q)) if rounded else q) for q in ("0.01", "0.5", "0.99")}
    return {
        "log_p": [law.log_p(at(v)) for v in texts],
        "cdf": [list(law.cdf_sf(at(v))) for v in cdfs],
        "quantiles": [x[0] for x in qs.values()],
        "quantiles_log_abs": [x[1] for x in qs.values()],
        "mean": mean, "variance": variance,
        "moments": [law.moment(at(n)) for n in orders],
        "mode": mode, "diverges": diverges,
    }


def record(case, texts, cdfs, found, rounded):
    """The case in the form of reference_laws.json."""
    show = lambda x: None if x is None or x == mp.inf else mp.nstr(x, 20)

    def pair(truth, other, absolute=False):
        if truth == mp.inf or truth is None:
            return {"value": None}
        off = abs(other - truth) if other is not None and other != mp.inf else mp.inf
        return {"value": show(truth), "rounding": mp.nstr(off if absolute or truth == 0 else off / abs(truth), 3)}

    params, orders, qs = case["params"], case["orders"], ("0.01", "0.5", "0.99")
    return {
        "id": case["id"], "note": case["note"], "params": {k: params[k] for k in KEYS},
        "modified_loss": bool(params.get("modified_loss", False)),
        "log_p": [dict(v=v, log_p=pair(a, b, True)) for v, a, b in zip(texts, found["log_p"], rounded["log_p"])],
        "cdf": [{"v": v, "cdf": pair(a[0], b[0]), "sf": pair(a[1], b[1])}
                for v, a, b in zip(cdfs, found["cdf"], rounded["cdf"])],
        "quantiles": {q: pair(a, b) for q, a, b in zip(qs, found["quantiles"], rounded["quantiles"])},
        "quantiles_log_abs": {q: pair(a, b, True)
                              for q, a, b in zip(qs, found["quantiles_log_abs"], rounded["quantiles_log_abs"])},
        "moments": [dict(order=n, moment=pair(a, b)) for n, a, b in zip(orders, found["moments"], rounded["moments"])],
        "mean": pair(found["mean"], rounded["mean"]),
        "variance": pair(found["variance"], rounded["variance"]),
        "mode": pair(found["mode"], rounded["mode"]),
        "mode_is_boundary_divergence": found["diverges"],
    }


def close(a, b, where, digits=20):
    """Raises unless two nested results agree."""
    if isinstance(a, dict):
        for key in a:
            close(a[key], b[key], where + "/" + key, digits)
    elif isinstance(a, list):
        for i, (x, y) in enumerate(zip(a, b)):
            close(x, y, "%s[%d]" % (where, i), digits)
    elif isinstance(a, mpf) and a != mp.inf and isinstance(b, mpf):
        if abs(a - b) > mpf(10) ** -digits * max(abs(a), mpf(10) ** -6 if "log_abs" in where or "mean" in where else 0):
            raise RuntimeError("settings disagree at %s: %s %s" % (where, mp.nstr(a, 25), mp.nstr(b, 25)))
    elif a != b:
        raise RuntimeError("settings disagree at %s: %s %s" % (where, a, b))


def compute(case):
    params, orders = case["params"], case["orders"]
    halves = bool(orders)
    mp.dps = 50
    law = Law(params, 32, 1, halves=halves)
    mode, _ = law.mode()
    q = {p: law.quantile(p)[0] for p in ("1e-6", "0.05", "0.5", "0.9", "0.999999")}
    digits = case.get("digits", 6)
    span = abs(q["0.9"] - q["0.05"])
    while span < mpf(10) ** (2 - digits) * abs(q["0.5"]):
        digits += 1
    cdfs = []
    for x in q.values():
        text = decimals(x, digits)
        if abs(float(text)) > 1e-305 and law.locate(mpf(text)) and text not in cdfs:
            cdfs.append(text)
    peak = mode
    if mode is None or law.locate(mode) is None:
        peak = q["0.5"]
    texts = choose_points(law, peak, digits)
    found = numbers(law, texts, cdfs, orders)
    mp.dps = 62
    close(found, numbers(Law(params, 44, 3, halves=halves), texts, cdfs, orders), case["id"])
    mp.dps = 50
    rounded = numbers(Law(params, 32, 1, True, halves), texts, cdfs, orders, rounded=True)
    return record(case, texts, cdfs, found, rounded)


def law_case(ident, note, D=1, d=1, a=("2", "2", "3"), b=("1", "1"), T="0.1", gamma="0", orders=(), **more):
    params = dict(D=D, d=d, alpha1=a[0], alpha2=a[1], alpha3=a[2], beta1=b[0], beta2=b[1], T=T, gamma=gamma)
    params.update(more)
    return {"id": ident, "note": note, "params": params, "orders": list(orders)}


def cases():
    c, out = law_case, []
    for D, T in ((0, "0.3"), (2, "0.7"), (3, "5"), (5, "0.02"), (10, "0.2"), (20, "1"), (50, "0.1"), (100, "0.05")):
        out.append(c("depth%d" % D, "depth", D=D, T=T, orders=["0.5", "3"] if D else ["0.5", "-0.5"]))
    out.append(c("wide3", "width 3, depth 2", D=2, d=3, T="0.3", b=("1.7", "-0.4"), a=("1.3", "-0.9", "0.8")))
    out.append(c("wide100", "width 100, depth 3", D=3, d=100, T="2.5", orders=["1.5"]))
    out.append(c("wide1e6", "width a million, depth 5", D=5, d=1000000, T="30"))
    out.append(c("wide0", "width 100, depth 0: tail exponent with the factor d", D=0, d=100, T="0.003", orders=["1.3"]))
    out.append(c("wide1", "width a million, depth 1: the width drops out", D=1, d=1000000, T="0.1"))
    for D in (0, 1, 2, 5):
        out.append(c("cold%d" % D, "T = 1e-8", D=D, T="1e-8"))
    out.append(c("cool3", "T = 1e-5, units away from 1", D=3, T="1e-5", b=("3.1", "-2.2"), a=("4.5", "-1.1", "2.7")))
    for D in (2, 3, 20):
        out.append(c("hot%d" % D, "T = 1000", D=D, T="1000", orders=["-1", "2.9"]))
    out.append(c("tc999", "T/T_c = 0.999", T="0.333", orders=["0.001"]))
    out.append(c("tc999999", "T/T_c = 0.999999", a=("2", "2", "4"), T="0.24999975", orders=["1e-7"]))
    out.append(c("third-", "just below T_c/3: p(0) = 0", a=("2", "2", "4"), T="0.0833333"))
    out.append(c("third+", "just above T_c/3: p(0) = inf", a=("2", "2", "4"), T="0.0833334"))
    out.append(c("third=", "T_c/3 exactly: p(0) finite", a=("2", "1", "4"), b=("1", "3"), T="0.25"))
    out.append(c("mirror", "beta2 < 0 with k > 0", b=("2", "-3"), a=("1.5", "1.1", "2.2"), T="0.4"))
    out.append(c("kneg", "beta2 > 0 with k < 0, depth 2", D=2, b=("2", "3"), a=("1.5", "-1.1", "2.2"), T="0.4"))
    out.append(c("high249", "moment just below the divergence order", T="0.05", orders=["2.49", "2.5", "-1", "0.5"]))
    for e in (3, 6, 9, 12):
        tiny = "1." + "0" * (e - 1) + "1"
        for D, b2, T in ((0, "1.4", "0.2"), (1, "1.4", "0.3"), (3, "0.8", "0.3")):
            out.append(c("pinch%d_%d" % (e, D), "Delta/(alpha1 alpha3) = 1e-%d, k beside v*" % e, D=D,
                         a=("1", "1", tiny), b=("1", b2), T=T))
    out.append(c("pinch6c", "nearly degenerate, k at v*", a=("1", "1", "1.000001"), b=("1", "1"), T="0.1"))
    out.append(c("pinch9c0", "nearly degenerate, k at v*, depth 0", D=0, a=("1", "1", "1.000000001"), b=("1", "1"), T="0.1"))
    out.append(c("pinch8far", "nearly degenerate, k far off on the branch", a=("1", "7", "49.0000003"), b=("1", "1"), T="0.005"))
    out.append(c("pinch8neg", "nearly degenerate, k on the other side", a=("1", "-2", "4.00000004"), b=("1", "1"), T="0.1"))
    for D, T in ((0, "0.4"), (1, "0.2"), (2, "0.5"), (5, "0.3")):
        out.append(c("const%d" % D, "alpha1 = 0: inputs of constant magnitude", D=D, a=("0", "0", "3"), b=("1.2", "0.9"), T=T,
                     orders=["4", "-0.3"]))
    for D, T in ((0, "0.3"), (1, "0.3"), (2, "0.3")):
        out.append(c("quiet%d" % D, "alpha2 = alpha3 = 0: noise vanishes at v = 0", D=D, a=("2", "0", "0"), T=T, degenerate=True,
                     orders=["-1"]))
    for D, T in ((0, "0.3"), (1, "0.7"), (2, "0.3"), (4, "1.5")):
        out.append(c("flat-%d" % D, "Delta = 0, k < 0", D=D, a=("2", "-1", "0.5"), b=("1", "1"), T=T, degenerate=True))
        out.append(c("flat>%d" % D, "Delta = 0, k > 0, support (k, inf)", D=D, a=("2", "1", "0.5"), b=("1", "0.9"), T=T, degenerate=True))
    for D, T in ((0, "0.3"), (1, "0.11"), (2, "0.3"), (4, "1.5")):
        out.append(c("flat<%d" % D, "Delta = 0, k > 0, support (0, k)", D=D, a=("2", "3", "4.5"), b=("1", "0.6"), T=T, degenerate=True))
    out.append(c("flatgap", "Delta = 0, mirrored, support (-inf, k)", D=1, a=("2", "-1", "0.5"), b=("1", "-2"), T="0.3", degenerate=True))
    out.append(c("flatdecay1", "Delta = 0, decay, support (k, inf)", D=1, a=("2", "1", "0.5"), b=("1", "1.4"), T="0.3", gamma="0.3", degenerate=True))
    out.append(c("flatdecay2", "Delta = 0, decay, depth 2, support (k, inf)", D=2, a=("2", "1", "0.5"), b=("1", "1.4"), T="0.3", gamma="0.1", degenerate=True))
    out.append(c("decay0", "weight decay, depth 0, width 4", D=0, d=4, gamma="0.7", T="0.05"))
    out.append(c("decay1", "weight decay, depth 1", D=1, gamma="0.37", T="0.15"))
    out.append(c("decay1m", "weight decay, depth 1, beta2 < 0", D=1, gamma="0.37", T="0.05", b=("1.1", "-1.3")))
    out.append(c("units1", "beta1 = 1e6, beta2 = 1e-3", a=("3e12", "2e3", "5e-6"), b=("1e6", "1e-3"), T="1e-7"))
    out.append(c("units0", "the same, depth 0", D=0, a=("3e12", "2e3", "5e-6"), b=("1e6", "1e-3"), T="1e-7"))
    out.append(c("units2", "v* = 1e12, depth 2", D=2, a=("2e-6", "1e6", "8e18"), b=("1e-6", "1e6"), T="1e-9"))
    out.append(c("units3", "cold, v* = 5e7, depth 1", a=("2", "3e7", "7e15"), b=("1e-3", "5e4"), T="1e-16"))
    out.append(c("far0", "cold, depth 0, narrow noise minimum far off", D=0, d=3, a=("0.01", "0.5", "25.00001"), b=("40", "90"),
                 T="1e-6", gamma="0.4"))
    out.append(c("depth300", "300 hidden layers", D=300, d=2, T="0.01"))
    out.append(c("near0", "depth 0, mean near 0", D=0, a=("1", "0.3", "0.8"), b=("1", "1e-6"), T="0.2", orders=["0.5", "-0.5", "3", "-0.9"]))
    out.append(c("mean0", "depth 0, beta2 = 0", D=0, a=("1", "0.3", "0.8"), b=("1", "0"), T="0.2", orders=["0.5", "-0.5"]))
    out.append(c("heavy0", "depth 0, infinite variance", D=0, T="0.9", orders=["1.5", "1.6"]))
    for D, T in ((0, "0.1"), (1, "0.15"), (2, "0.3"), (3, "0.05")):
        out.append(c("modified%d" % D, "modified loss", D=D, T=T, modified_loss=True))
    return out


def guarded(case):
    try:
        return compute(case)
    except Exception as error:  # reported together at the end
        return "%s: %s" % (case["id"], error)


def main():
    wanted = [c for c in cases() if len(sys.argv) == 1 or c["id"] in sys.argv[1:]]
    failed, lead = [], '{"method": "see make_hard_laws.py", "cases": [\n '
    with ProcessPoolExecutor(2) as pool:
        for case, result in zip(wanted, pool.map(guarded, wanted)):
            if isinstance(result, str):
                failed.append(result)
            else:
                print(lead + json.dumps(result), end="", flush=True)
                lead = ",\n "
            print(case["id"], result if isinstance(result, str) else "ok", file=sys.stderr, flush=True)
    print("\n]}")
    if failed:
        sys.exit("\n".join(failed))


if __name__ == "__main__":
    main()
