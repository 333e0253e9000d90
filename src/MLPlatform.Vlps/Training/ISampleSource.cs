namespace MLPlatform.Vlps.Training;

/// <summary>Samples to train on or to score, as often as they are asked for and always in the same order.</summary>
public interface ISampleSource
{
    /// <summary>Rows that will be read, for progress.</summary>
    long CountRows();

    /// <summary>Reads all samples in blocks. The block is the same object each time, with new content.</summary>
    IEnumerable<SampleBlock> Read();
}
