namespace MLPlatform.Vlps.Recall;

/// <summary>How far up two towers put the right sides that belong to left ones, among all right sides of a table.</summary>
/// <param name="Positives">Rows that were judged by.</param>
/// <param name="Items">Right sides that each was looked for among.</param>
/// <param name="Loss">Mean of -ln of the chance that the softmax over them gives to the own one.</param>
/// <param name="At10">Share of rows whose own right side is among the first 10. One that is as near as others stands behind them.</param>
/// <param name="At100">The same among the first 100.</param>
/// <param name="Mrr">Mean of 1 over the place.</param>
public sealed record RecallFigures(int Positives, int Items, double Loss, double At10, double At100, double Mrr);
