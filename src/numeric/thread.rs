//! Linear algebra whose digits do not depend on the machine.

/// Runs `f` on one thread: how dense linear algebra shares work decides its last bits.
pub fn on_one_thread<T: Send>(f: impl FnOnce() -> T + Send) -> T {
    match rayon::ThreadPoolBuilder::new().num_threads(1).build() {
        Ok(pool) => pool.install(f),
        Err(_) => f(),
    }
}
