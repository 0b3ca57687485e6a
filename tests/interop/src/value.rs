// SPDX-License-Identifier: MIT
//! The values that cross the boundary, the same for every host.

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Type {
    Void,
    Int,
    UInt,
    Long,
    ULong,
    Float,
    Double,
    Bool,
    String,
    Bytes,
}

#[derive(Clone, Debug)]
pub enum Value {
    Void,
    Int(i32),
    UInt(u32),
    Long(i64),
    ULong(u64),
    Float(f32),
    Double(f64),
    Bool(bool),
    String(String),
    Bytes(Vec<u8>),
}

impl Value {
    pub fn kind(&self) -> Type {
        match self {
            Value::Void => Type::Void,
            Value::Int(_) => Type::Int,
            Value::UInt(_) => Type::UInt,
            Value::Long(_) => Type::Long,
            Value::ULong(_) => Type::ULong,
            Value::Float(_) => Type::Float,
            Value::Double(_) => Type::Double,
            Value::Bool(_) => Type::Bool,
            Value::String(_) => Type::String,
            Value::Bytes(_) => Type::Bytes,
        }
    }
}

/// Bit by bit: NaN is NaN, and 0.0 is not -0.0.
impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Void, Value::Void) => true,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::UInt(a), Value::UInt(b)) => a == b,
            (Value::Long(a), Value::Long(b)) => a == b,
            (Value::ULong(a), Value::ULong(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
            (Value::Double(a), Value::Double(b)) => a.to_bits() == b.to_bits(),
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::String(a), Value::String(b)) => a == b,
            (Value::Bytes(a), Value::Bytes(b)) => a == b,
            _ => false,
        }
    }
}

macro_rules! from {
    ($($from:ty => $name:ident),*) => {
        $(impl From<$from> for Value {
            fn from(value: $from) -> Value {
                Value::$name(value.into())
            }
        })*
    };
}
from!(i32 => Int, u32 => UInt, i64 => Long, u64 => ULong, f32 => Float,
      f64 => Double, bool => Bool, String => String, &str => String,
      Vec<u8> => Bytes, &[u8] => Bytes);

impl From<()> for Value {
    fn from(_: ()) -> Value {
        Value::Void
    }
}

/// args![1, "two", 3.0]: the arguments of a call.
#[macro_export]
macro_rules! args {
    ($($arg:expr),* $(,)?) => { vec![$($crate::value::Value::from($arg)),*] };
}

/// How a call, a start or a restore failed.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// The guest function returned an error: code and text.
    Guest(u64, String),
    /// The guest ended its run: code and text.
    Abort(u64, String),
    /// Stopped by the interrupter.
    Interrupted,
    /// An earlier call did not end; only a restore helps.
    Poisoned,
    /// What the host says of everything else.
    Host(String),
}
