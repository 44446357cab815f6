//! Texts that look like what a field is called.

use fake::Fake;
use fake::faker::address::en::{CityPrefix, CitySuffix, CountryCode};
use fake::faker::company::en::CompanyName;
use fake::faker::internet::en::IPv4;
use fake::faker::lorem::en::Word;
use fake::faker::name::en::LastName;
use fake::uuid::UUIDv4;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    Id,
    City,
    Country,
    Company,
    Email,
    Address,
    User,
    Person,
    Any,
}

/// What the last step of a name has in it, in any case, and what a text is then; the first that fits.
const HINTS: [(&[&str], Words); 8] = [
    (&["email", "mail"], Words::Email),
    (&["city", "cidade"], Words::City),
    (&["country", "pais"], Words::Country),
    (&["company", "empresa", "merchant", "loja", "store"], Words::Company),
    (&["ip_address", "ip"], Words::Address),
    (&["user", "usuario", "login"], Words::User),
    (&["nome", "name", "customer", "cliente"], Words::Person),
    (&["id", "uuid", "pedido", "order"], Words::Id),
];

impl Words {
    /// What the texts of a field are, by its name. A short hint has to be a whole word of it.
    pub(super) fn of(name: &str) -> Words {
        let name = name.rsplit('.').next().unwrap_or(name).to_lowercase();
        let has = |hint: &str| name.split('_').any(|word| word == hint) || (hint.len() > 3 && name.contains(hint));
        let found = HINTS.iter().find(|(hints, _)| hints.iter().any(|hint| has(hint)));
        found.map_or(Words::Any, |(_, words)| *words)
    }

    /// One of them.
    pub(super) fn draw(self, rng: &mut Xoshiro256PlusPlus) -> String {
        match self {
            Words::Id => UUIDv4.fake_with_rng::<uuid::Uuid, _>(rng).to_string(),
            Words::City => {
                let [prefix, suffix]: [String; 2] = [CityPrefix().fake_with_rng(rng), CitySuffix().fake_with_rng(rng)];
                prefix + &suffix
            }
            Words::Country => CountryCode().fake_with_rng(rng),
            Words::Company => CompanyName().fake_with_rng(rng),
            Words::Email => format!("{}@example.com", user(rng)),
            Words::Address => IPv4().fake_with_rng(rng),
            Words::User => user(rng),
            Words::Person => LastName().fake_with_rng(rng),
            Words::Any => Word().fake_with_rng::<&str, _>(rng).to_owned(),
        }
    }

    /// A few different ones, fewer than 100, the same for a name whatever the seed: two productions have the same
    /// groups.
    pub(super) fn few(self, name: &str, count: usize) -> Vec<String> {
        let seed = name.bytes().fold(0_u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(byte.into()));
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut few = Vec::new();
        while few.len() < count {
            let text = self.draw(&mut rng);
            if !few.contains(&text) {
                few.push(text);
            }
        }
        few
    }
}

/// Somebody by a name for machines.
fn user(rng: &mut Xoshiro256PlusPlus) -> String {
    format!("{}{}", LastName().fake_with_rng::<&str, _>(rng).to_lowercase(), rng.random_range(1..100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_its_texts_are() {
        for (name, words) in [
            ("meter.id", Words::Id),
            ("id_pedido", Words::Id),
            ("paid", Words::Any),
            ("cliente.cidade", Words::City),
            ("billingEmail", Words::Email),
            ("ship", Words::Any),
            ("ip", Words::Address),
            ("userName", Words::User),
        ] {
            assert_eq!(Words::of(name), words, "{name}");
        }
        assert_eq!(Words::Any.few("site", 5), Words::Any.few("site", 5));
        assert_ne!(Words::Any.few("site", 5), Words::Any.few("tariff", 5));
    }
}
