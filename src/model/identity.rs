//! Identities that the exact law fulfils: expectations that add up to zero.

use super::{Features, System, Unbalanced};

/// A function of the model's own variables.
pub type Term = Box<dyn Fn(&[f64]) -> f64 + Send + Sync>;

/// Terms whose expectations add up to zero.
pub struct Identity {
    /// In symbols.
    pub name: String,
    /// The terms.
    pub terms: Vec<Term>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("name", &self.name).finish_non_exhaustive()
    }
}

impl System {
    /// What the exact law fulfils besides its own equation; nothing is known of the user's equations and losses.
    pub fn identities(&self) -> Vec<Identity> {
        match self {
            Self::Features(m) => (0..m.signs.len()).map(|i| m.identity(i)).collect(),
            Self::Unbalanced(m) => vec![m.identity()],
            Self::Sde(_) | Self::Loss(_) => Vec::new(),
        }
    }
}

impl Features {
    /// E\[c_i (A v - b)_i + D T K_ii r_i^(D-1) + gamma r_i^(1-D)\] = 0: y_i (D >= 2) or ln|v_i| (D = 1) does
    /// not grow (theory manual, section 6).
    fn identity(&self, i: usize) -> Identity {
        let number = i + 1;
        let (pulled, heated) = (self.clone(), self.clone());
        let pull: Term = Box::new(move |v| pulled.signs[i] * pulled.moments.h(v)[i]);
        let heat = f64::from(self.depth) * self.temperature;
        let noise: Term = Box::new(move |v| heat * heated.moments.k(i, i, v) * heated.rho(v[i].abs().ln()));
        let mut identity = Identity {
            name: match self.depth {
                1 => format!("E[c{number} (A v - b){number} + T K{number}{number}]"),
                _ => format!("E[c{number} (A v - b){number} + D T K{number}{number} r{number}^(D-1)]"),
            },
            terms: vec![pull, noise],
        };
        if self.weight_decay > 0.0 {
            let decayed = self.clone();
            identity.name = identity.name.replace(']', &format!(" + gamma r{number}^(1-D)]"));
            identity.terms.push(Box::new(move |v| decayed.weight_decay / decayed.rho(v[i].abs().ln())));
        }
        identity.name.push_str(" = 0");
        identity
    }
}

impl Unbalanced {
    /// E\[G Q^2\] + (gamma/T) E\[Q^2\] = (eps / 4T) E\[s\], s = 2 sqrt(v^2 + Q^2): Q^2 does not grow
    /// (theory manual, section 8).
    fn identity(&self) -> Identity {
        let Self { temperature, weight_decay, isotropic_noise, moments } = *self;
        let held: Term = Box::new(move |x| moments.g(x[0]) * x[1] * x[1]);
        let spread: Term = Box::new(move |x| -isotropic_noise / (2.0 * temperature) * x[0].hypot(x[1]));
        let mut identity = Identity { name: "E[G Q^2] = (eps/4T) E[s]".to_owned(), terms: vec![held, spread] };
        if weight_decay > 0.0 {
            identity.name = "E[G Q^2] + (gamma/T) E[Q^2] = (eps/4T) E[s]".to_owned();
            identity.terms.push(Box::new(move |x| weight_decay / temperature * x[1] * x[1]));
        }
        identity
    }
}
