#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The C library's functions, under names that do not collide with the cases of `CalculatorFunction`.
enum RealFunctions {
  static func ln(_ value: Double) -> Double { log(value) }
  static func decimalLogarithm(_ value: Double) -> Double { log10(value) }
  static func binaryLogarithm(_ value: Double) -> Double { log2(value) }
  static func exponential(_ value: Double) -> Double { exp(value) }
  static func sine(_ value: Double) -> Double { sin(value) }
  static func cosine(_ value: Double) -> Double { cos(value) }
  static func tangent(_ value: Double) -> Double { tan(value) }
  static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
}
