namespace Weir.Vision.Recording;

/// <summary>When a camera's video is kept.</summary>
public enum RecordingMode
{
    /// <summary>Never.</summary>
    Off,

    /// <summary>While something moves, with some time before and after.</summary>
    Motion,

    /// <summary>While a model finds something, with some time before and after.</summary>
    Detection,

    /// <summary>Always.</summary>
    Continuous,
}

/// <summary>Why video that should be there is not.</summary>
public enum RecordingGapCause
{
    /// <summary>The source gave none: it was gone, refused, ended or fell silent.</summary>
    Source,

    /// <summary>The process that reads the source ended by itself, was killed or stood still.</summary>
    Recorder,

    /// <summary>The stream store could not take it, such as on a full disk.</summary>
    Store,

    /// <summary>The site did not run: it was stopped or it crashed.</summary>
    SiteDown,

    /// <summary>What the stream had was damaged or was taken by a budget.</summary>
    Lost,

    /// <summary>The clock of the site was set forward.</summary>
    Clock,
}
