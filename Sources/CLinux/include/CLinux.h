#include "CLinuxFiles.h"
#include "CLinuxProcess.h"
