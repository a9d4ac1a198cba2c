use flinkspay_edge::secret::Secret;

fn copies(secret: &Secret) -> Secret {
    secret.clone()
}

fn compares(one: Secret, other: Secret) -> bool {
    one == other
}

fn prints(secret: &Secret) -> String {
    secret.to_string()
}

fn main() {}
