//! CometBFT's query language: conditions on named values, all of which must hold.
//!
//! Journey: a search or a subscription → [`Query::from_str`] → [`Condition::accepts`] for each value of its name.
//! `name = 'text'`, `name < 8.5`, `name >= TIME 2013-05-03T14:45:00Z`, `name = DATE 2013-05-03`, `name CONTAINS 'part'`,
//! `name EXISTS`, joined by `AND`. A name is `type.key`, or a type alone, whose value is the empty text.
//! Source: CometBFT 0.38 `libs/pubsub/query`, `libs/pubsub/query/syntax`.

use ics_abci::Time;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::str::FromStr;

/// Most conditions of a query.
const CONDITIONS_MAX: usize = 32;
/// The years that a moment in a query may have.
const YEARS: std::ops::RangeInclusive<u16> = 1_900..=2_999;

/// What must hold, all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query(Vec<Condition>);

/// What must hold of one name's values: of one of them at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    pub(crate) name: String,
    pub(crate) test: Test,
}

/// What is asked of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    Exists,
    Contains(String),
    Compare(Comparison, Operand),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// What a value is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Operand {
    Text(String),
    Number(Number),
    Time(Time),
    Date(Time),
}

/// A number of any size that is not negative: digits before the point without leading zeros, behind it without trailing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Number {
    whole: String,
    fraction: String,
}

/// A query that cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// There is no condition in it.
    #[error("empty query")]
    Empty,
    /// Not `name operator value`.
    #[error("not a condition: {0}")]
    Syntax(String),
    /// An operator that does not go with what stands beside it.
    #[error("operator {operator} is not supported on {name}")]
    Operator {
        /// What was compared.
        name: String,
        /// How.
        operator: String,
    },
    /// Not a time or a date of the years 1900 to 2999.
    #[error("not a moment: {0}")]
    Moment(String),
    /// Not 32 bytes in hexadecimal.
    #[error("not a transaction hash: {0}")]
    Hash(String),
    /// Not a height.
    #[error("not a height: {0}")]
    Height(String),
    /// Conditions that make the query too long.
    #[error("a query has at most {CONDITIONS_MAX} conditions")]
    TooLong,
}

impl FromStr for Query {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Self, QueryError> {
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(QueryError::Empty);
        }
        let mut conditions = Vec::new();
        for _ in 0..CONDITIONS_MAX {
            let (condition, after) = condition(rest)?;
            conditions.push(condition);
            let after = after.trim_start();
            if after.is_empty() {
                return Ok(Self(conditions));
            }
            let (word, next) = name(after);
            if word != "AND" {
                return Err(QueryError::Syntax(after.to_owned()));
            }
            rest = next.trim_start();
        }
        Err(QueryError::TooLong)
    }
}

impl Query {
    /// Whether it holds of values by name, each condition for itself.
    #[must_use]
    pub fn matches(&self, values: &BTreeMap<String, Vec<String>>) -> bool {
        let holds = |condition: &Condition| {
            values.iter().any(|(name, values)| match condition.of(name) {
                Named::Whole => values.iter().any(|value| condition.accepts(value)),
                Named::Kind => condition.accepts(""),
                Named::Other => false,
            })
        };
        self.0.iter().all(holds)
    }

    pub(crate) fn into_conditions(self) -> Vec<Condition> {
        self.0
    }
}

/// How a name stands to a condition's.
enum Named {
    /// It is the same.
    Whole,
    /// The condition names the type alone.
    Kind,
    Other,
}

impl Condition {
    fn of(&self, name: &str) -> Named {
        if self.name == name {
            Named::Whole
        } else if name.rsplit_once('.').is_some_and(|(kind, _)| kind == self.name) {
            Named::Kind
        } else {
            Named::Other
        }
    }

    /// Whether it holds of a value of its name. Of text that begins with a number, such as `8atom`, the number counts.
    #[must_use]
    pub fn accepts(&self, value: &str) -> bool {
        match &self.test {
            Test::Exists => true,
            Test::Contains(part) => value.contains(part.as_str()),
            Test::Compare(how, operand) => {
                let order = match operand {
                    Operand::Text(text) => Some(value.cmp(text)),
                    Operand::Number(number) => Number::leading(value).map(|(value, _)| value.cmp(number)),
                    Operand::Time(time) => moment(value).map(|value| value.cmp(time)),
                    Operand::Date(date) => midnight(value).map(|value| value.cmp(date)),
                };
                order.is_some_and(|order| how.accepts(order))
            }
        }
    }

    /// The operator as it is written.
    pub(crate) const fn operator(&self) -> &'static str {
        match self.test {
            Test::Exists => "EXISTS",
            Test::Contains(_) => "CONTAINS",
            Test::Compare(how, _) => how.text(),
        }
    }
}

impl Comparison {
    /// Longer ones first, since the shorter ones are their beginnings.
    const ALL: [Self; 5] = [Self::AtMost, Self::AtLeast, Self::Equal, Self::Less, Self::Greater];

    const fn text(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
        }
    }

    const fn accepts(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::AtLeast => order.is_ge(),
        }
    }
}

impl Number {
    /// The number that a text begins with, and what follows it.
    fn leading(text: &str) -> Option<(Self, &str)> {
        let (whole, rest) = digits(text);
        if whole.is_empty() {
            return None;
        }
        let (fraction, rest) = match rest.strip_prefix('.').map(digits) {
            Some((fraction, rest)) if !fraction.is_empty() => (fraction, rest),
            _ => ("", rest),
        };
        let number = Self {
            whole: whole.trim_start_matches('0').to_owned(),
            fraction: fraction.trim_end_matches('0').to_owned(),
        };
        Some((number, rest))
    }

    /// The number where it is a whole one of 64 bits.
    pub(crate) fn to_u64(&self) -> Option<u64> {
        match (self.whole.as_str(), self.fraction.as_str()) {
            ("", "") => Some(0),
            (whole, "") => whole.parse().ok(),
            _ => None,
        }
    }

    fn cmp(&self, other: &Self) -> Ordering {
        let whole = self.whole.len().cmp(&other.whole.len()).then_with(|| self.whole.cmp(&other.whole));
        // Behind the point digits of equal place compare like text.
        whole.then_with(|| self.fraction.cmp(&other.fraction))
    }
}

/// Splits the first condition off.
fn condition(text: &str) -> Result<(Condition, &str), QueryError> {
    let syntax = || QueryError::Syntax(text.to_owned());
    let (name_text, rest) = name(text);
    if name_text.is_empty() || matches!(name_text, "AND" | "EXISTS" | "CONTAINS") {
        return Err(syntax());
    }
    let with = |test| Condition { name: name_text.to_owned(), test };
    let rest = rest.trim_start();
    let (word, after) = name(rest);
    match word {
        "EXISTS" => return Ok((with(Test::Exists), after)),
        "CONTAINS" => {
            let quoted = after.trim_start().strip_prefix('\'').and_then(|rest| rest.split_once('\''));
            let (part, after) = quoted.ok_or_else(syntax)?;
            return Ok((with(Test::Contains(part.to_owned())), after));
        }
        _ => {}
    }
    let found = Comparison::ALL.into_iter().find_map(|how| Some((how, rest.strip_prefix(how.text())?)));
    let (how, rest) = found.ok_or_else(syntax)?;
    let rest = rest.trim_start();
    let (operand, after) = if let Some(quoted) = rest.strip_prefix('\'') {
        let (text, after) = quoted.split_once('\'').ok_or_else(syntax)?;
        if how != Comparison::Equal && !is_height(name_text) {
            return Err(QueryError::Operator { name: name_text.to_owned(), operator: how.text().to_owned() });
        }
        (Operand::Text(text.to_owned()), after)
    } else if let Some(rest) = rest.strip_prefix("TIME ") {
        let (text, after) = word_of(rest.trim_start());
        (Operand::Time(moment(text).ok_or_else(|| QueryError::Moment(text.to_owned()))?), after)
    } else if let Some(rest) = rest.strip_prefix("DATE ") {
        let (text, after) = word_of(rest.trim_start());
        (Operand::Date(midnight(text).ok_or_else(|| QueryError::Moment(text.to_owned()))?), after)
    } else {
        let (number, after) = Number::leading(rest).ok_or_else(syntax)?;
        (Operand::Number(number), after)
    };
    Ok((with(Test::Compare(how, operand)), after))
}

/// Whether a name is a height, whatever its value is written as.
pub(crate) fn is_height(name: &str) -> bool {
    matches!(name, "tx.height" | "block.height")
}

/// Splits a name off; it may be empty.
fn name(text: &str) -> (&str, &str) {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    split_at(text, text.find(|c| !is_name(c)))
}

/// Splits off what stands before the next white space.
fn word_of(text: &str) -> (&str, &str) {
    split_at(text, text.find(char::is_whitespace))
}

fn digits(text: &str) -> (&str, &str) {
    split_at(text, text.find(|c: char| !c.is_ascii_digit()))
}

fn split_at(text: &str, at: Option<usize>) -> (&str, &str) {
    at.and_then(|at| text.split_at_checked(at)).unwrap_or((text, ""))
}

/// A time by RFC 3339, in UTC or with an offset.
fn moment(text: &str) -> Option<Time> {
    let time = match text.len().checked_sub(6).and_then(|at| text.split_at_checked(at)) {
        Some((local, offset)) if offset.starts_with(['+', '-']) => {
            let (hours, minutes) = offset.get(1..)?.split_once(':')?;
            let (hours, minutes): (i64, i64) = (two_digits(hours)?, two_digits(minutes)?);
            let offset_s = hours.checked_mul(3_600)?.checked_add(minutes.checked_mul(60)?)?;
            let local = Time::parse(&format!("{local}Z")).ok()?;
            let seconds = match offset.starts_with('+') {
                true => local.seconds().checked_sub(offset_s)?,
                false => local.seconds().checked_add(offset_s)?,
            };
            Time::new(seconds, local.nanos()).ok()?
        }
        _ => Time::parse(text).ok()?,
    };
    YEARS.contains(&u16::try_from(time.civil().0).ok()?).then_some(time)
}

fn two_digits(text: &str) -> Option<i64> {
    (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// The beginning of a day, `2013-05-03`.
fn midnight(text: &str) -> Option<Time> {
    moment(&format!("{text}T00:00:00Z")).filter(|_| text.len() == 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(query: &str, value: &str) -> bool {
        let values = BTreeMap::from([("a.b".to_owned(), vec![value.to_owned()])]);
        query.parse::<Query>().unwrap().matches(&values)
    }

    #[test]
    fn text_is_equal_or_contains() {
        assert!(holds("a.b='c d'", "c d") && !holds("a.b = 'c d'", "c"));
        assert!(holds("a.b CONTAINS 'c'", "bcd") && !holds("a.b CONTAINS 'x'", "bcd"));
        assert!(holds("a.b EXISTS", "") && holds("a EXISTS", "x") && !holds("a.c EXISTS", "x"));
        assert!(!holds("A.b EXISTS", "x"));
    }

    #[test]
    fn numbers_compare_at_any_size_and_before_a_denomination() {
        for (query, value, expected) in [
            ("a.b = 8", "8atom", true),
            ("a.b = 8.50", "8.5", true),
            ("a.b = 08", "8", true),
            ("a.b < 10", "9", true),
            ("a.b < 10", "10", false),
            ("a.b <= 10", "10", true),
            ("a.b > 99999999999999999999999", "100000000000000000000000", true),
            ("a.b > 8.5", "8.49", false),
            ("a.b > 8.5", "8.51", true),
            ("a.b >= 8.5", "8.5stake", true),
            ("a.b > 1", "atom8", false),
            ("a.b >= 0", "-3", false),
        ] {
            assert_eq!(holds(query, value), expected, "{query}: {value}");
        }
    }

    #[test]
    fn moments_compare_with_times_and_dates() {
        for (query, value, expected) in [
            ("a.b < TIME 2013-05-03T14:45:00Z", "2013-05-03T14:44:59.9Z", true),
            ("a.b = TIME 2013-05-03T14:45:00Z", "2013-05-03T16:45:00+02:00", true),
            ("a.b = TIME 2013-05-03T12:45:00-02:00", "2013-05-03T14:45:00Z", true),
            ("a.b > TIME 2013-05-03T14:45:00Z", "soon", false),
            ("a.b = DATE 2013-05-03", "2013-05-03", true),
            ("a.b > DATE 2013-05-03", "2013-05-04", true),
            ("a.b > DATE 2013-05-03", "2013-05-04T00:00:00Z", false),
        ] {
            assert_eq!(holds(query, value), expected, "{query}: {value}");
        }
    }

    #[test]
    fn conditions_hold_together_and_each_of_any_value() {
        let values = BTreeMap::from([
            ("tm.event".to_owned(), vec!["Tx".to_owned()]),
            ("t.x".to_owned(), vec!["1".to_owned(), "2".to_owned()]),
        ]);
        let matches = |query: &str| query.parse::<Query>().unwrap().matches(&values);
        assert!(matches("tm.event='Tx' AND t.x = '2'AND t.x=1"));
        assert!(!matches("tm.event='Tx' AND t.x=3"));
    }

    #[test]
    fn what_is_no_query_says_why() {
        let refused = |text: &str| text.parse::<Query>().unwrap_err();
        assert_eq!(refused("  "), QueryError::Empty);
        for text in
            ["a.b", "a.b='c", "AND", "a.b = ", "= 'c'", "a.b CONTAINS 3", "a.b = c", "a.b ! 'c'", "a.b = -1"]
        {
            assert_eq!(refused(text), QueryError::Syntax(text.trim().into()), "{text}");
        }
        assert_eq!(refused("a.b='c' OR d.e='f'"), QueryError::Syntax("OR d.e='f'".into()));
        assert_eq!(refused("a.b='c' AND "), QueryError::Syntax(String::new()));
        assert_eq!(refused("a.b > 'c'"), QueryError::Operator { name: "a.b".into(), operator: ">".into() });
        assert_eq!(
            refused("a.b > TIME 1899-01-01T00:00:00Z"),
            QueryError::Moment("1899-01-01T00:00:00Z".into())
        );
        assert_eq!(refused("a.b > DATE 2013-13-01"), QueryError::Moment("2013-13-01".into()));
        assert_eq!(refused(&["a.b=1"; 33].join(" AND ")), QueryError::TooLong);
    }
}
