import Torch

extension OperatorCase {
  /// The section "Arithmetic".
  static let arithmetic: [OperatorCase] = [
    .one("add.Tensor") { $0[0].adding($0[1], alpha: 0.5) },
    .one("add.Tensor:int") { $0[0].adding($0[1], alpha: 3) },
    .one("add.Scalar") { $0[0].adding(.real(1.5)) },
    .one("sub.Tensor") { $0[0].subtracting($0[1]) },
    .one("sub.Scalar") { $0[0].subtracting(.real(1.5)) },
    .one("rsub.Scalar") { $0[0].subtracted(from: .real(1.5)) },
    .one("mul.Tensor") { $0[0].multiplied(by: $0[1]) },
    .one("mul.Scalar") { $0[0].multiplied(by: .real(-2.5)) },
    .one("div.Tensor") { $0[0].divided(by: $0[1]) },
    .one("div.Scalar") { $0[0].divided(by: .real(-2.5)) },
    .one("remainder.Scalar") { $0[0].remainder(dividingBy: 1.5) },
    .one("addcmul") { $0[0].addingProduct(of: $0[1], and: $0[2]) },
    .one("neg") { $0[0].negated() },
    .one("reciprocal") { $0[0].reciprocal() },
    .one("pow.Tensor_Scalar") { $0[0].power(.real(2.5)) },
    .one("pow.Tensor_Tensor") { $0[0].power($0[1]) },
  ]

  /// The section "Elementwise functions".
  static let elementwise: [OperatorCase] = [
    .one("abs") { $0[0].absolute() },
    .one("sqrt") { $0[0].squareRoot() },
    .one("rsqrt") { $0[0].reciprocalSquareRoot() },
    .one("exp") { $0[0].exponential() },
    .one("log") { $0[0].logarithm() },
    .one("log1p") { $0[0].log1p() },
    .one("expm1") { $0[0].expm1() },
    .one("erf") { $0[0].erf() },
    .one("sin") { $0[0].sine() },
    .one("cos") { $0[0].cosine() },
    .one("tanh") { $0[0].tanh() },
    .one("sigmoid") { $0[0].sigmoid() },
    .one("relu") { $0[0].relu() },
    .one("silu") { $0[0].silu() },
    .one("gelu") { $0[0].gelu() },
    .one("gelu:tanh") { $0[0].gelu(approximate: "tanh") },
    .one("softplus") { $0[0].softplus() },
    .one("floor") { $0[0].floor() },
    .one("round") { $0[0].rounded() },
    .one("round:halves") { $0[0].rounded() },
    .one("sign") { $0[0].sign() },
    .one("clamp") { $0[0].clamped(min: -0.3, max: 0.5) },
    .one("clamp:min") { $0[0].clamped(min: -0.3) },
    .one("clamp:max") { $0[0].clamped(max: 0.5) },
    .one("minimum") { $0[0].minimum($0[1]) },
    .one("maximum") { $0[0].maximum($0[1]) },
  ]

  /// The section "Comparison and choice".
  static let comparison: [OperatorCase] = [
    .one("eq.Tensor") { $0[0].equal(to: $0[1]) },
    .one("eq.Scalar") { $0[0].equal(to: 1) },
    .one("ne.Scalar") { $0[0].notEqual(to: 1) },
    .one("lt.Tensor") { $0[0].less(than: $0[1]) },
    .one("lt.Scalar") { $0[0].less(than: 1) },
    .one("le.Scalar") { $0[0].lessOrEqual(to: 1) },
    .one("gt.Tensor") { $0[0].greater(than: $0[1]) },
    .one("gt.Scalar") { $0[0].greater(than: 1) },
    .one("ge.Scalar") { $0[0].greaterOrEqual(to: 1) },
    .one("logical_and") { $0[0].and($0[1]) },
    .one("logical_or") { $0[0].or($0[1]) },
    .one("logical_not") { $0[0].logicalNot() },
    .one("isfinite") { $0[0].isFinite() },
    .one("where.self") { $0[0].choosing($0[1], else: $0[2]) },
    .one("masked_fill.Scalar") { $0[0].maskedFill($0[1], with: -7.5) },
    .one("all:mixed") { $0[0].all() },
    .one("all:true") { $0[0].all() },
    .one("all:false") { $0[0].all() },
    .one("any:mixed") { $0[0].any() },
    .one("any:true") { $0[0].any() },
    .one("any:false") { $0[0].any() },
  ]
}
