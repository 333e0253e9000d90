using MLPlatform.Vlps.Batches;

namespace MLPlatform.Vlps.Shards;

/// <summary>
/// Samples that a worker has in a step: some that follow each other in one stream. A stream is a piece of the table that one worker
/// reads from its beginning to its end in every pass, while the others read theirs.
/// </summary>
/// <param name="Epoch">The pass, from 1.</param>
/// <param name="Stream">The stream, from 0.</param>
/// <param name="Streams">How many there are.</param>
/// <param name="Begin">The row of the table that the stream begins with.</param>
/// <param name="Length">Rows of the stream.</param>
/// <param name="First">The first of the samples, counted within the stream.</param>
/// <param name="Rows">How many.</param>
public sealed record SamplePart(int Epoch, int Stream, int Streams, long Begin, long Length, long First, int Rows);

/// <summary>Adds samples to a block; equal parts are equal samples, always.</summary>
public delegate void FillSamples(FieldBlock block, SamplePart part);
