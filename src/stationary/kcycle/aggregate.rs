//! Coarser chains: states joined to those they exchange most with, twice pairwise, and the flows between the groups.

use super::level::Level;
use super::ranges::chunks;
use rayon::prelude::*;

const NONE: u32 = u32::MAX;
/// Largest logarithm of a factor.
const FAR: f64 = 300.0;
/// A partner has at least this part of the strongest inflow.
const STRONG: f64 = 0.25;

/// The chain of groups of about four states, and the group of every state.
pub(super) fn coarser(level: &Level) -> (Level, Vec<u32>) {
    let first = pairs(level);
    let half = lumped(level, &first);
    let second = pairs(&half);
    let quarter = lumped(&half, &second);
    let group = first.iter().map(|&pair| second[pair as usize]).collect();
    (quarter, group)
}

/// Joins states in pairs; those left alone join the pair they get most from.
fn pairs(level: &Level) -> Vec<u32> {
    let n = level.states();
    let mut group = vec![NONE; n];
    let mut sizes: Vec<u8> = Vec::with_capacity(n / 2 + 1);
    for y in 0..n {
        if group[y] != NONE {
            continue;
        }
        let (mut most, mut free) = ((NONE, 0.0), (NONE, 0.0));
        for (x, g) in level.row(y) {
            if g > most.1 {
                most = (x as u32, g);
            }
            if g > free.1 && group[x] == NONE {
                free = (x as u32, g);
            }
        }
        let new = sizes.len() as u32;
        let joined = if most.0 == NONE { NONE } else { group[most.0 as usize] };
        if free.0 != NONE && free.1 >= STRONG * most.1 {
            group[y] = new;
            group[free.0 as usize] = new;
            sizes.push(2);
        } else if joined != NONE && sizes[joined as usize] < 3 {
            group[y] = joined;
            sizes[joined as usize] += 1;
        } else {
            group[y] = new;
            sizes.push(1);
        }
    }
    group
}

/// The flows between groups, without a subtraction.
fn lumped(level: &Level, group: &[u32]) -> Level {
    let groups = group.iter().map(|&g| g as usize + 1).max().unwrap_or(0);
    let (starts, members) = members(group, groups);
    let of = |group: usize| &members[starts[group]..starts[group + 1]];
    // Flows into a group, in units of the outflow of its heaviest member.
    let unit: Vec<f64> = (0..groups)
        .into_par_iter()
        .map(|k| of(k).iter().map(|&y| level.scale[y as usize]).fold(f64::NEG_INFINITY, f64::max))
        .collect();
    let parts: Vec<(Vec<u32>, Vec<u32>, Vec<f64>)> = chunks(groups)
        .into_par_iter()
        .map(|range| {
            let (mut lengths, mut sources, mut flows) = (Vec::with_capacity(range.len()), Vec::new(), Vec::new());
            let mut row: Vec<(u32, f64)> = Vec::new();
            for k in range {
                row.clear();
                for &y in of(k) {
                    let factor = (level.scale[y as usize] - unit[k]).exp();
                    let inflow = level.row(y as usize).map(|(x, g)| (group[x], g * factor));
                    row.extend(inflow.filter(|(source, _)| *source as usize != k));
                }
                // Stable, so that equal sources add up in a fixed order.
                row.sort_by_key(|(source, _)| *source);
                let before = sources.len();
                for &(source, flow) in &row {
                    if sources.len() > before && sources.last() == Some(&source) {
                        let last = flows.len() - 1;
                        flows[last] += flow;
                    } else {
                        sources.push(source);
                        flows.push(flow);
                    }
                }
                lengths.push((sources.len() - before) as u32);
            }
            (lengths, sources, flows)
        })
        .collect();
    let total = parts.iter().map(|p| p.1.len()).sum();
    let (mut pointers, mut sources, mut flows) = (vec![0usize], Vec::with_capacity(total), Vec::with_capacity(total));
    for (lengths, s, f) in parts {
        for length in lengths {
            pointers.push(pointers[pointers.len() - 1] + length as usize);
        }
        sources.extend(s);
        flows.extend(f);
    }
    normalised(pointers, sources, flows, &unit)
}

/// Divides flows by the outflow of their targets.
fn normalised(pointers: Vec<usize>, sources: Vec<u32>, mut flows: Vec<f64>, unit: &[f64]) -> Level {
    let n = unit.len();
    let mut out = vec![0.0; n];
    for y in 0..n {
        for at in pointers[y]..pointers[y + 1] {
            let x = sources[at] as usize;
            // In two steps: the ratio of masses alone may be out of range.
            let half = (0.5 * (unit[y] - unit[x])).clamp(-FAR, FAR).exp();
            out[x] += flows[at] * half * half;
        }
    }
    for y in 0..n {
        let row = pointers[y]..pointers[y + 1];
        if !(out[y] > 0.0 && out[y].is_finite()) {
            out[y] = flows[row.clone()].iter().sum::<f64>().max(f64::MIN_POSITIVE);
        }
        flows[row].iter_mut().for_each(|f| *f /= out[y]);
    }
    let scale = unit.iter().zip(&out).map(|(u, o)| u + o.ln()).collect();
    Level::new(pointers, sources, flows, scale)
}

/// Members of every group, ascending.
fn members(group: &[u32], groups: usize) -> (Vec<usize>, Vec<u32>) {
    let mut starts = vec![0usize; groups + 1];
    for &g in group {
        starts[g as usize + 1] += 1;
    }
    for k in 0..groups {
        starts[k + 1] += starts[k];
    }
    let mut next = starts.clone();
    let mut members = vec![0u32; group.len()];
    for (y, &g) in group.iter().enumerate() {
        members[next[g as usize]] = y as u32;
        next[g as usize] += 1;
    }
    (starts, members)
}
