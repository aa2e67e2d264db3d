"""The laws of the comparison, in NumPy and, as the reference, in 40-digit arithmetic.

d ln p / dv = -3D/((D+1) v) - G'/G - h/(T s G), with G = a1 v^2 - 2 a2 v + a3, h = b1 v - b2 and
s = (D+1) v^(2D/(D+1)) (one neuron, v > 0).
"""

import mpmath as mp
import numpy as np

MOMENTS = (2.0, 2.0, 3.0, 1.0, 1.0)
TEMPERATURE = 0.1
mp.mp.dps = 40


def noise(v, moments=MOMENTS):
    """G(v)."""
    a1, a2, a3, _, _ = moments
    return a1 * v * v - 2 * a2 * v + a3


def log_density_one_layer(v, temperature=TEMPERATURE, moments=MOMENTS, log=np.log, arctan=np.arctan, sqrt=np.sqrt):
    """ln p(v) for D = 1 up to a constant: the closed form, for NumPy arrays or mpmath numbers."""
    a1, a2, a3, b1, b2 = moments
    root = sqrt(a1 * a3 - a2 * a2)
    weight = b2 / (2 * temperature * a3)
    skew = (a3 * b1 - a2 * b2) / (2 * temperature * a3 * root)
    return (weight - 1.5) * log(v) - (1 + weight / 2) * log(noise(v, moments)) - skew * arctan((a1 * v - a2) / root)


def slope_in_log_v(v, depth, temperature=TEMPERATURE, moments=MOMENTS):
    """d ln p_z / dz in z = ln v, where p_z = v p(v)."""
    a1, a2, _, b1, b2 = moments
    g = noise(v, moments)
    speed = (depth + 1) * v ** (2 * depth / (depth + 1))
    curvature = 3 * depth / (depth + 1)
    return 1 - curvature - v * (2 * a1 * v - 2 * a2) / g - v * (b1 * v - b2) / (temperature * speed * g)


class Reference:
    """A law to 30 digits, for D = 1 and 2."""

    def __init__(self, depth):
        self.depth = depth
        self.log_normalizer = mp.mpf(0)
        self.log_normalizer = mp.log(self.integral(lambda v: 1))

    def log_density(self, v):
        v, temperature = mp.mpf(v), mp.mpf("0.1")
        moments = tuple(mp.mpf(m) for m in MOMENTS)
        if self.depth == 1:
            shape = log_density_one_layer(v, temperature, moments, mp.log, mp.atan, mp.sqrt)
        else:
            shape = -2 * mp.log(v) - mp.log(noise(v, moments)) - self._primitive(v, moments) / temperature
        return shape - self.log_normalizer

    @staticmethod
    def _primitive(v, moments):
        """Integral of h/(s G) for D = 2, elementary in q = v^(1/3)."""
        a1, a2, a3, b1, b2 = moments
        root = mp.sqrt(a1 * a3 - a2 * a2)
        rho = (a2 + 1j * root) / a1
        residue = (b1 * rho - b2) / (2j * root)
        q = mp.cbrt(v)
        roots = [mp.exp((mp.log(rho) + 2j * mp.pi * j) / 3) for j in range(3)]
        logs = sum(r * r * mp.log(q - r) for r in roots) / (3 * rho * rho)
        return 2 * mp.re(residue * (1 / (q * rho) + logs))

    def integral(self, weight, upto=None):
        """E weight(v), over (0, upto) or (0, inf)."""
        top = mp.mpf(90) if upto is None else mp.log(upto)
        edges = [mp.mpf(z) for z in (-60, -30, -15, -8, -4, -2, -1, -0.5, 0, 0.5, 1, 2, 4, 8, 15, 30, 60, 90)]
        edges = [z for z in edges if z < top] + [top]

        def integrand(z):
            v = mp.exp(z)
            log = self.log_density(v) + z
            return mp.exp(log) * weight(v) if log > -300 else mp.mpf(0)

        # Beyond e^90 the variance integrand has fallen by e^-45 and more.
        return mp.quad(integrand, edges)

    def variance(self):
        mean = self.integral(lambda v: v)
        return self.integral(lambda v: v * v) - mean * mean

    def median(self, guess):
        """By Newton from a guess that is close."""
        v = mp.mpf(guess)
        for _ in range(4):
            v -= (self.integral(lambda _: 1, upto=v) - mp.mpf("0.5")) / mp.exp(self.log_density(v))
        return v
